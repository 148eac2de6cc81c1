//! The data sets inside the program.

use tenfold_data::{BUILTINS, Source, Targets, read};

#[test]
fn every_builtin_is_what_it_says() {
    for builtin in BUILTINS {
        let dataset = read(&Source::Builtin(builtin.name.to_owned())).unwrap();
        assert_eq!(dataset.len() as u64, builtin.examples, "{}", builtin.name);
        assert!(builtin.notice.contains("make-bundles.py"), "{}", builtin.name);
    }
}

#[test]
fn fashion_has_sixteen_grays_and_its_classes() {
    let dataset = read(&Source::Builtin("fashion-mnist-14".to_owned())).unwrap();
    let Some(images) = dataset.images() else { panic!("not images") };
    assert_eq!((images.channels, images.height, images.width), (1, 14, 14));
    assert!(images.pixels.iter().all(|pixel| pixel % 17 == 0));
    let Targets::Classes { labels, names } = &dataset.targets else { panic!("not classes") };
    // The first labels of Fashion-MNIST's training file and of its test file.
    assert_eq!(labels[..5], [9, 0, 0, 3, 0]);
    assert_eq!(labels[16_384..16_389], [9, 2, 1, 1, 6]);
    assert_eq!(names[9], "ankle boot");
    for class in 0..10 {
        let count = labels.iter().filter(|label| **label == class).count();
        assert!((1_700..2_000).contains(&count), "{class}: {count}");
    }
}
