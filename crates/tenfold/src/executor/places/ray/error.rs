//! What can go wrong between this program and a Ray cluster.

use crate::study::places::AddressError;

/// What can go wrong between this program and a Ray cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RayError {
    /// The address cannot be that of a dashboard.
    #[error("`{address}` is not the address of a Ray dashboard: {reason}")]
    BadAddress {
        /// The address as it was given.
        address: String,
        /// What is wrong with it.
        reason: AddressError,
    },
    /// Nothing answers there, or not in time.
    #[error("no Ray cluster answers at `{address}`: {reason}")]
    Unreachable {
        /// Address of the dashboard.
        address: String,
        /// The operating system's message.
        reason: String,
    },
    /// Something other than Ray answers, or the reply is cut short.
    #[error("what answers at `{address}` is not a Ray dashboard: {found}")]
    NotRay {
        /// Address of the dashboard.
        address: String,
        /// What the reply contained instead.
        found: String,
    },
    /// Ray refused the call.
    #[error("Ray at `{address}` refused to {call} (HTTP {status}): {reason}")]
    Refused {
        /// Address of the dashboard.
        address: String,
        /// The call that was refused.
        call: &'static str,
        /// Status of the reply.
        status: u16,
        /// Last line of the reply.
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

    /// Whether the same call may succeed later: the cluster is starting, restarting or busy.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::BadAddress { .. } => false,
            Self::Unreachable { .. } | Self::NotRay { .. } => true,
            Self::Refused { status, .. } => *status >= 500,
        }
    }
}
