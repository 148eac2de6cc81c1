//! `[run]` and its tables: where trials run, and what they request of a cluster.

use super::{LEAST, parse, problems_of};

#[test]
fn a_ray_cluster_is_asked_for_a_core_a_task_unless_the_file_says() {
    let study = parse(&format!("{LEAST}[run]\nexecutor = \"ray\"\n")).unwrap();
    assert_eq!(study.run.executor.name, "ray");
    let ray = study.run.places.ray;
    assert_eq!((ray.cpus, ray.gpus, ray.memory, ray.retries, ray.pack), (1.0, 0.0, None, 3, None));
    assert_eq!((ray.address, ray.python.as_str()), (None, "python3"));
    assert!(ray.resources.is_empty());
    let more = "[run.ray]\naddress = \"http://head:8265/\"\ncpus = 2\ngpus = 0.25\nmemory = \"4G\"\n\
                resources = { disk = 1, tpu = 0.5 }\nretries = 0\npack = 8\n";
    let ray = parse(&format!("{LEAST}{more}")).unwrap().run.places.ray;
    assert_eq!(ray.address.unwrap().as_str(), "http://head:8265");
    assert_eq!((ray.cpus, ray.gpus, ray.memory), (2.0, 0.25, Some(4_294_967_296)));
    let resources: Vec<(&str, f64)> =
        ray.resources.iter().map(|(name, amount)| (name.as_str(), *amount)).collect();
    assert_eq!(resources, [("disk", 1.0), ("tpu", 0.5)]);
    assert_eq!((ray.retries, ray.pack), (0, Some(8)));
}

#[test]
fn what_a_ray_cluster_cannot_be_asked_is_told_with_its_place() {
    let wrong = "[run.ray]\naddress = \"ray://head:10001\"\ncpus = -1\nresources = { disk = 0 }\n\
                 gpu = 1\n";
    insta::assert_snapshot!(problems_of(&format!("{LEAST}{wrong}")), @r#"
    error: `run.ray.address` is not the address of a Ray dashboard: it does not start with `http://`
     --> study.toml:9:11
    9 | address = "ray://head:10001"
      |           ^^^^^^^^^^^^^^^^^^
    hint: for example `address = "http://10.0.0.1:8265"`

    error: `run.ray.cpus` is -1, a number from 0 up is needed
      --> study.toml:10:8
    10 | cpus = -1
       |        ^^ too small
    hint: for example `cpus = 2`

    error: `run.ray.resources.disk` is 0, a number above 0 is needed
      --> study.toml:11:22
    11 | resources = { disk = 0 }
       |                      ^
    hint: `disk = 1`

    error: unknown key `gpu` in `[run.ray]`
      --> study.toml:12:1
    12 | gpu = 1
       | ^^^
    hint: did you mean `gpus`?
    "#);
    let broken = "[run]\nray = \"head\"\n";
    insta::assert_snapshot!(problems_of(&format!("{LEAST}{broken}")), @r#"
    error: `run.ray` is a string, a table is needed
     --> study.toml:9:7
    9 | ray = "head"
      |       ^^^^^^ a string
    hint: write `[run.ray]`
    "#);
    let list = "[run.ray]\nresources = [\"disk\"]\n";
    insta::assert_snapshot!(problems_of(&format!("{LEAST}{list}")), @r#"
    error: `run.ray.resources` is a list, a table of names and numbers is needed
     --> study.toml:9:13
    9 | resources = ["disk"]
      |             ^^^^^^^^ a list
    hint: for example `resources = { big_disk = 1 }`
    "#);
}
