//! Recordings of speech with what is said in each: a field of sounds and one of texts.

use std::sync::Arc;

use super::{Dataset, Field, FieldValues, Sounds, Targets, Texts};
use crate::error::DataError;
use crate::vocabulary::Vocabulary;

/// The recording and the transcript of every example.
#[derive(Clone, Copy, Debug)]
pub struct Recorded<'a> {
    /// What is heard.
    pub sounds: &'a Sounds,
    /// What is said.
    pub transcripts: &'a Texts,
}

impl Dataset {
    /// Recordings of speech: row `r` of `transcripts` is what is said in row `r` of `sounds`.
    ///
    /// # Errors
    /// As for [`Dataset::new`]: recordings and transcripts of different number.
    pub fn of_recordings(sounds: Sounds, transcripts: Texts) -> Result<Self, DataError> {
        let targets = Targets::Transcripts { examples: sounds.len() };
        let field = |name: &str, values| Field { name: name.to_owned(), values };
        let fields = vec![
            field("sound", FieldValues::Sounds(sounds)),
            field("transcript", FieldValues::Texts(transcripts)),
        ];
        Self::new(fields, targets)
    }

    /// The recordings with their transcripts, if an example is one of those and nothing else.
    pub fn recordings(&self) -> Option<Recorded<'_>> {
        match (&*self.fields, &self.targets) {
            (
                [
                    Field { values: FieldValues::Sounds(sounds), .. },
                    Field { values: FieldValues::Texts(transcripts), .. },
                ],
                Targets::Transcripts { .. },
            ) => Some(Recorded { sounds, transcripts }),
            _ => None,
        }
    }

    /// The same recordings, their transcripts read with `vocabulary`; unchanged if the examples are no
    /// recordings.
    ///
    /// # Errors
    /// [`DataError`] for a text that cannot be read to count its tokens.
    pub fn with_transcript_vocabulary(
        &self,
        vocabulary: &Arc<Vocabulary>,
    ) -> Result<Self, DataError> {
        let Some(Recorded { transcripts, .. }) = self.recordings() else {
            return Ok(self.clone());
        };
        let read = transcripts.with_vocabulary(Arc::clone(vocabulary))?;
        let name = self.fields[1].name.clone();
        let fields = [self.fields[0].clone(), Field { name, values: FieldValues::Texts(read) }];
        Ok(Self { fields: fields.into(), ..self.clone() })
    }
}
