//! Bad images and labels, with the words a person reads.

use crate::files::{Folder, gray_png, gzip, idx_images, idx_labels, source};
use crate::messages::{AGAIN, check_idx, check_image_folder, check_refused};
#[test]
fn cut_off_idx() {
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", idx_images(2, 2, 2, &[0; 5])),
        "`DIR/train-images-idx3-ubyte` ends after 21 bytes, its header promises 24",
        AGAIN,
    );
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", [0, 0, 8, 3, 0, 0]),
        "`DIR/train-images-idx3-ubyte` ends after 6 bytes, its header promises 16",
        AGAIN,
    );
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", idx_images(u32::MAX, u32::MAX, 9, &[0])),
        "`DIR/train-images-idx3-ubyte` ends after 17 bytes, its header promises 18446744073709551615",
        AGAIN,
    );
    check_idx(
        |folder| folder.write("train-labels-idx1-ubyte", &idx_labels(&[0, 1])[..9]),
        "`DIR/train-labels-idx1-ubyte` ends after 9 bytes, its header promises 10",
        AGAIN,
    );
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", idx_images(2, 2, 2, &[0; 9])),
        "`DIR/train-images-idx3-ubyte` is not a valid IDX file: it has 25 bytes, its header promises 24",
        AGAIN,
    );
}

#[test]
fn wrong_magic() {
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", idx_labels(&[0, 1])),
        "`DIR/train-images-idx3-ubyte` starts with 00000801 (labels of bytes), needed 00000803 (images of bytes)",
        None,
    );
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", b"\x89PNG\r\n\x1a\n12345678"),
        "`DIR/train-images-idx3-ubyte` starts with 89504e47 (a PNG image), needed 00000803 (images of bytes)",
        None,
    );
    check_idx(
        |folder| folder.write("train-labels-idx1-ubyte", idx_images(1, 1, 1, &[0])),
        "`DIR/train-labels-idx1-ubyte` starts with 00000803 (images of bytes), needed 00000801 (labels of bytes)",
        None,
    );
    let folder = Folder::with("train-images-idx3-ubyte", idx_images(1, 1, 1, &[0]));
    folder.write("train-labels-idx1-ubyte", idx_labels(&[0]));
    check_refused(
        &folder,
        &source("idx", &folder.path("train-labels-idx1-ubyte")),
        "`DIR/train-labels-idx1-ubyte` starts with 00000801 (labels of bytes), needed 00000803 (images of bytes)",
        Some("give the images file: `path = \"DIR/train-images-idx3-ubyte\"`"),
    );
}

#[test]
fn images_and_labels_that_differ_in_number() {
    check_idx(
        |folder| folder.write("train-labels-idx1-ubyte", idx_labels(&[0, 1, 0])),
        "`DIR/train-images-idx3-ubyte` holds 2 images, but `DIR/train-labels-idx1-ubyte` holds 3 labels",
        Some("use images and labels of the same part, such as both `train-`"),
    );
    check_idx(
        |folder| std::fs::remove_file(folder.path("train-labels-idx1-ubyte")).unwrap(),
        "`DIR/train-labels-idx1-ubyte` is not there; `DIR` has `train-images-idx3-ubyte`",
        Some("did you mean `DIR/train-images-idx3-ubyte`?"),
    );
}

#[test]
fn damaged_gzip() {
    let packed = gzip(&idx_images(2, 2, 2, &[0, 1, 2, 3, 4, 5, 6, 7]));
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", &packed[..packed.len() - 12]),
        "`DIR/train-images-idx3-ubyte` is not a whole gzip file: it stops in the middle, after 21 unpacked bytes",
        AGAIN,
    );
    let mut wrong_sum = packed.clone();
    let checksum = wrong_sum.len() - 6;
    wrong_sum[checksum] ^= 1;
    check_idx(
        |folder| folder.write("train-images-idx3-ubyte", &wrong_sum),
        "`DIR/train-images-idx3-ubyte` is not a whole gzip file: corrupt gzip stream does not have a matching checksum, after 24 unpacked bytes",
        AGAIN,
    );
}

#[test]
fn damaged_images() {
    let whole = gray_png(2, 2, vec![0, 1, 2, 3]);
    check_image_folder(
        |folder| folder.write("pets/cat/1.png", &whole[..whole.len() - 20]),
        "`DIR/pets/cat/1.png` is not a valid PNG or JPEG image: unexpected end of file",
        AGAIN,
    );
    check_image_folder(
        |folder| folder.write("pets/cat/1.png", "hello"),
        "`DIR/pets/cat/1.png` is not a valid PNG or JPEG image: its first bytes are of another kind of file",
        AGAIN,
    );
    check_image_folder(
        |folder| folder.write("pets/cat/1.png", ""),
        "`DIR/pets/cat/1.png` is empty, needed a valid PNG or JPEG image",
        None,
    );
}

#[test]
fn odd_image_is_named_with_the_first() {
    check_image_folder(
        |folder| folder.write("pets/dog/2.png", gray_png(3, 2, vec![0; 6])),
        "`DIR/pets/dog/2.png` is 3×2 pixels, but `DIR/pets/cat/1.png` is 2×2 pixels; all images of a data set need one size",
        Some("resize all images to one size first: `mogrify -resize 2x2! */*`"),
    );
}

#[test]
fn folders_that_hold_no_classes() {
    check_image_folder(
        |folder| {
            for class in ["cat", "dog"] {
                std::fs::remove_dir_all(folder.path(&format!("pets/{class}"))).unwrap();
            }
        },
        "`DIR/pets` is empty, needed one folder a class with images in it",
        Some("put the images of each class in a folder named after it"),
    );
    let folder = Folder::with("pets/train/cat/1.png", gray_png(1, 1, vec![0]));
    folder.write("pets/test/cat/1.png", gray_png(1, 1, vec![0]));
    check_refused(
        &folder,
        &source("image-folder", &folder.path("pets")),
        "`DIR/pets` has 2 folders without images, needed one folder a class with images in it",
        Some("did you mean `path = \"DIR/pets/train\"`?"),
    );
    let folder = Folder::with("1.jpg", gray_png(1, 1, vec![0]));
    check_refused(
        &folder,
        &source("image-folder", &folder.path("")),
        "`DIR` has 1 image but no folder with images, needed one folder a class with images in it",
        Some("put the images of each class in a folder named after it"),
    );
}
