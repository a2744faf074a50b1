//! One attempt to deliver a webhook: a POST, and where it is told to go on, another (`api.md §11`).

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode};
use tokio::time::timeout;
use url::Url;

use super::courier::Carrier;
use super::key::WebhookKey;
use super::target::{Reach, Refusal, reason, refusal_behind};

/// The one event that is sent.
const EVENT: &str = "CALL_STATE_UPDATE";
/// How long one attempt may take with all its redirects, by the machine's clock.
pub(super) const WITHIN: Duration = Duration::from_secs(10);
/// How often an attempt is sent on at most.
const HOPS: usize = 10;
/// How many idle connections to one host are kept, and for how long.
const IDLE: (usize, Duration) = (2, Duration::from_secs(30));

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The receiver has it.
    Delivered,
    /// It is not to be sent there at all.
    Refused(Refusal),
    /// It may go better another time.
    Failed(String),
}

/// Posts webhooks.
#[derive(Debug)]
pub(super) struct Post {
    http: Client,
    key: WebhookKey,
    reach: Reach,
}

impl Post {
    pub(super) fn new(key: WebhookKey, reach: Reach) -> Result<Self, reqwest::Error> {
        // Every connection goes to an address that was checked, so not by way of a proxy.
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .dns_resolver(reach)
            .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
            .pool_max_idle_per_host(IDLE.0)
            .pool_idle_timeout(IDLE.1)
            .build()?;
        Ok(Self { http, key, reach })
    }

    async fn follow(&self, configured: &str, body: &[u8]) -> Outcome {
        let Ok(mut url) = Url::parse(configured) else {
            return Outcome::Refused(Refusal::NotWeb);
        };
        // The receiver knows the URL that it has given, and not always where it was asked last.
        let signature = self.key.sign(configured, EVENT, body);
        let mut method = Method::POST;
        for _ in 0..=HOPS {
            if let Err(refusal) = self.reach.check(&url) {
                return Outcome::Refused(refusal);
            }
            let mut request = self.http.request(method.clone(), url.clone());
            if method == Method::POST {
                request = request
                    .header(CONTENT_TYPE, "application/json; charset=utf-8")
                    .header("X-Enfonica-Event", EVENT)
                    .header("X-Enfonica-Signature", &signature)
                    .body(body.to_vec());
            }
            let answer = match request.send().await {
                Ok(answer) => answer,
                Err(error) => {
                    return match refusal_behind(&error) {
                        Some(refusal) => Outcome::Refused(refusal),
                        None => Outcome::Failed(reason(&error).to_string()),
                    };
                }
            };
            let status = answer.status();
            if status.is_success() {
                return Outcome::Delivered;
            }
            let Some(next) = sent_on(&answer, &url) else {
                return Outcome::Failed(format!("HTTP {}", status.as_u16()));
            };
            if status == StatusCode::SEE_OTHER {
                // The receiver has taken the request, and says where to read what came of it.
                method = Method::GET;
            }
            url = next;
        }
        Outcome::Failed(format!("sent on more than {HOPS} times"))
    }
}

impl Carrier for Post {
    /// Makes one attempt. The body of the answer is of no interest.
    async fn attempt(&self, url: &str, body: &[u8]) -> Outcome {
        match timeout(WITHIN, self.follow(url, body)).await {
            Ok(outcome) => outcome,
            Err(_elapsed) => Outcome::Failed(format!("no answer within {} s", WITHIN.as_secs())),
        }
    }
}

/// Where an answer sends the request on to.
fn sent_on(answer: &Response, from: &Url) -> Option<Url> {
    let follows = matches!(
        answer.status(),
        StatusCode::MOVED_PERMANENTLY
            | StatusCode::FOUND
            | StatusCode::SEE_OTHER
            | StatusCode::TEMPORARY_REDIRECT
            | StatusCode::PERMANENT_REDIRECT
    );
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok().filter(|_| follows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    fn post() -> Post {
        let key = base64::engine::general_purpose::STANDARD.encode([7; 64]);
        Post::new(WebhookKey::parse(&key).unwrap(), Reach::Loopback).unwrap()
    }

    /// Time passes at once while nothing happens, and nothing ever happens here.
    #[tokio::test(start_paused = true)]
    async fn an_attempt_is_given_up_after_its_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let began = Instant::now();
        let outcome = post().attempt(&url, b"{}").await;
        assert_eq!(outcome, Outcome::Failed("no answer within 10 s".to_owned()));
        assert!((WITHIN..WITHIN + Duration::from_secs(1)).contains(&began.elapsed()));
    }

    #[tokio::test]
    async fn a_receiver_that_is_not_there_is_told_with_the_reason() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let Outcome::Failed(reason) = post().attempt(&url, b"{}").await else {
            panic!("it was not tried");
        };
        assert!(reason.contains("refused"), "{reason}");
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_is_refused_before_it_is_asked() {
        // No name, so that no server has to be asked for its address.
        let refused = post().attempt("http://192.0.2.1/", b"{}").await;
        assert_eq!(refused, Outcome::Refused(Refusal::NotLoopback));
    }

    /// The rule about addresses speaks up from within the connection.
    #[tokio::test]
    async fn a_refusal_of_the_resolver_is_found_behind_the_error() {
        struct Elsewhere;

        impl reqwest::dns::Resolve for Elsewhere {
            fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
                Box::pin(async { Err(Refusal::NotLoopback.into()) })
            }
        }

        let mut post = post();
        let http = Client::builder().no_proxy().dns_resolver(Elsewhere);
        post.http = http.build().unwrap();
        let refused = post.attempt("http://localhost:1/", b"{}").await;
        assert_eq!(refused, Outcome::Refused(Refusal::NotLoopback));
    }

    #[test]
    fn what_sends_webhooks_does_not_show_the_key() {
        assert!(format!("{:?}", post()).contains("WebhookKey(..)"));
    }
}
