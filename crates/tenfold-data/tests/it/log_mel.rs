//! Log-mel features against `PyTorch` and torchaudio (scripts/golden-sound.py).

use serde_json::Value as Json;
use tenfold_data::LogMel;

/// Torchaudio's bands are in single precision, 6e-8 relative, and so are ours features: up to 14 here.
const TOLERANCE: f64 = 5e-6;

fn numbers(json: &Json) -> Vec<f64> {
    json.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn features_agree_with_torchaudio() {
    let file: Json = serde_json::from_str(include_str!("golden/sound.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let (rate, bands) = (case["rate"].as_u64().unwrap(), case["bands"].as_u64().unwrap());
        let mel = LogMel::new(rate as u32, bands as usize);
        let samples: Vec<f32> = numbers(&case["samples"]).iter().map(|x| *x as f32).collect();
        let ours = mel.features(&samples);
        let golden = numbers(&case["features"]);
        assert_eq!(ours.len(), golden.len(), "{rate}");
        for (place, (ours, golden)) in ours.iter().zip(&golden).enumerate() {
            let difference = (f64::from(*ours) - golden).abs();
            assert!(
                difference <= TOLERANCE * golden.abs().max(1.0),
                "{rate} {place}: {ours}, {golden}"
            );
        }
    }
}
