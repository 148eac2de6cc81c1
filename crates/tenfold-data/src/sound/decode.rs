//! Files of sound decoded: WAV, FLAC, Ogg Vorbis and MP3, all channels mixed to one.

use std::io::Cursor;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

/// Samples of one recording.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decoded {
    /// The mean of all channels, from −1 to 1.
    pub(crate) samples: Vec<f32>,
    /// Samples a second.
    pub(crate) rate: u32,
}

/// How long a recording is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    /// Samples of a channel.
    pub(crate) frames: u64,
    /// Samples a second.
    pub(crate) rate: u32,
}

/// The one track of a file that is decoded.
struct Track {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    id: u32,
    rate: Option<u32>,
    frames: Option<u64>,
}

impl Track {
    /// Opens the bytes of a file whose name ends in `ending`.
    fn open(bytes: Vec<u8>, ending: &str) -> Result<Self, String> {
        let stream = MediaSourceStream::new(
            Box::new(Cursor::new(bytes)),
            MediaSourceStreamOptions::default(),
        );
        let mut hint = Hint::new();
        hint.with_extension(ending);
        let probe = symphonia::default::get_probe();
        let (of_format, of_tags) = (FormatOptions::default(), MetadataOptions::default());
        let format = probe.probe(&hint, stream, of_format, of_tags);
        let format = format.map_err(|_| "is no WAV, FLAC, Ogg Vorbis or MP3".to_owned())?;
        let track = format.default_track(TrackType::Audio).ok_or("has no sound in it")?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or("has a codec that is not known")?;
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &AudioDecoderOptions::default())
            .map_err(|error| format!("has a codec that is not read ({error})"))?;
        let (id, rate, frames) = (track.id, parameters.sample_rate, track.num_frames);
        Ok(Self { format, decoder, id, rate, frames })
    }

    /// Decodes all of it.
    fn decode(mut self) -> Result<Decoded, String> {
        let mut samples = Vec::new();
        let mut interleaved: Vec<f32> = Vec::new();
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) | Err(Error::ResetRequired) => break,
                Err(error) => return Err(format!("cannot be decoded ({error})")),
            };
            if packet.track_id != self.id {
                continue;
            }
            let decoded = self.decoder.decode(&packet);
            let decoded = decoded.map_err(|error| format!("cannot be decoded ({error})"))?;
            let channels = decoded.num_planes().max(1);
            self.rate = Some(decoded.spec().rate());
            decoded.copy_to_vec_interleaved(&mut interleaved);
            let mean = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
            samples.extend(interleaved.chunks_exact(channels).map(mean));
        }
        let rate = self.rate.filter(|rate| *rate > 0).ok_or("does not say its sampling rate")?;
        Ok(Decoded { samples, rate })
    }
}

/// The samples of the bytes of a file whose name ends in `ending`; an error says what the file is or has.
pub(crate) fn decoded(bytes: Vec<u8>, ending: &str) -> Result<Decoded, String> {
    Track::open(bytes, ending)?.decode()
}

/// How long the recording in the bytes of a file is: as its header says, or else decoded and counted.
pub(crate) fn length(bytes: Vec<u8>, ending: &str) -> Result<Length, String> {
    let track = Track::open(bytes, ending)?;
    let said = track.rate.filter(|rate| *rate > 0).zip(track.frames);
    if let Some((rate, frames)) = said {
        return Ok(Length { frames, rate });
    }
    let Decoded { samples, rate } = track.decode()?;
    Ok(Length { frames: samples.len() as u64, rate })
}
