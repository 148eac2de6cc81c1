//! What can go wrong between this program and a Ray cluster.

use crate::study::places::AddressError;

/// What can go wrong between this program and a Ray cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RayError {
    /// The address cannot be a dashboard's.
    #[error("`{address}` is not the address of a Ray dashboard: {reason}")]
    BadAddress {
        /// As it was given.
        address: String,
        /// What is wrong with it.
        reason: AddressError,
    },
    /// Nobody answers there, or not in time.
    #[error("no Ray cluster answers at `{address}`: {reason}")]
    Unreachable {
        /// Address of the dashboard.
        address: String,
        /// The system's word for it.
        reason: String,
    },
    /// Something answers, and it is not Ray, or the reply is cut short.
    #[error("what answers at `{address}` is not a Ray dashboard: {found}")]
    NotRay {
        /// Address of the dashboard.
        address: String,
        /// What came instead.
        found: String,
    },
    /// Ray says no.
    #[error("Ray at `{address}` refused to {call} (HTTP {status}): {reason}")]
    Refused {
        /// Address of the dashboard.
        address: String,
        /// What it was asked to do.
        call: &'static str,
        /// Status of the reply.
        status: u16,
        /// Last line of what it said.
        reason: String,
    },
}

impl RayError {
    /// What to do, as text that can be typed.
    pub fn hint(&self) -> String {
        match self {
            Self::BadAddress { .. } => {
                "in `[run.ray]`, for example `address = \"http://127.0.0.1:8265\"`".to_owned()
            }
            Self::Unreachable { .. } => {
                "start one with `ray start --head`, or name the dashboard of yours: `[run.ray]`, \
                 `address = \"http://HOST:8265\"`"
                    .to_owned()
            }
            Self::NotRay { .. } => {
                "`ray start --head` prints the address of its dashboard; the usual port is 8265"
                    .to_owned()
            }
            Self::Refused { status: 401 | 403, .. } => {
                "the cluster asks for a token: set RAY_AUTH_TOKEN".to_owned()
            }
            Self::Refused { .. } => "look at the cluster with `ray status`".to_owned(),
        }
    }

    /// Whether the same call may do better in a while: the cluster is starting, restarting or busy.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::BadAddress { .. } => false,
            Self::Unreachable { .. } | Self::NotRay { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
        }
    }
}
