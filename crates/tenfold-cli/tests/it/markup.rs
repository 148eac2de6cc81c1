//! A small parser that checks that every element of a page is closed and every text escaped.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what is missing fails the test")]

/// Elements of HTML that have no end tag.
const VOID: [&str; 2] = ["meta", "br"];

/// Panics unless `xml` is one well-formed element with unique attributes and known entities.
pub(crate) fn check_well_formed(xml: &str) {
    let depth = check_tags(xml, &[]);
    assert_eq!(depth, 0, "an element is not closed");
    assert!(!xml.contains(|letter: char| letter.is_control()), "a control character");
}

/// The same for a page, whose void elements need no end tag; it must have no scripts and no outside
/// addresses.
pub(crate) fn check_page(page: &str) {
    let body = page.strip_prefix("<!DOCTYPE html>").unwrap();
    assert_eq!(check_tags(body, &VOID), 0, "an element is not closed");
    for word in ["<script", "javascript:", " style=\"", " onload", "<link", "<img", "src=", "href="]
    {
        assert!(!body.contains(word), "`{word}` in the page");
    }
    let outside = page.replace("http://www.w3.org/2000/svg", "");
    assert!(!outside.contains("http://") && !outside.contains("https://"), "an outside address");
    let policy = "content=\"default-src 'none'; style-src 'sha256-";
    assert!(page.replace("&#39;", "'").contains(policy), "no content security policy");
    let ids: Vec<&str> =
        page.match_indices(" id=\"").map(|(at, _)| quoted(&page[at + 5..])).collect();
    let distinct: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "an id occurs twice: {ids:?}");
    for (at, _) in page.match_indices("url(#") {
        let id = page[at + 5..].split(')').next().unwrap();
        assert!(distinct.contains(id), "url(#{id}) leads nowhere");
    }
}

/// Number of elements that are open at the end.
fn check_tags(markup: &str, void: &[&str]) -> usize {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        check_text(&rest[..at]);
        let end = tag_end(&rest[at..]) + at;
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> closes another element");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "a tag called `{name}`");
        check_attributes(&tag[name.len()..]);
        if !tag.ends_with('/') && !void.contains(&name) {
            open.push(name);
        }
    }
    check_text(rest);
    open.len()
}

/// Offset of the `>` that ends a tag; a `>` in quotes does not.
fn tag_end(tag: &str) -> usize {
    let mut is_quoted = false;
    for (at, letter) in tag.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => return at,
            _ => {}
        }
    }
    panic!("a tag is not closed: {}", tag.chars().take(80).collect::<String>());
}

fn check_attributes(attributes: &str) {
    let mut rest = attributes.trim_end_matches('/').trim();
    let mut names = Vec::new();
    while !rest.is_empty() {
        let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("`{rest}`"));
        assert!(!name.contains(['"', ' ']), "an attribute called `{name}`");
        assert!(!names.contains(&name), "`{name}` twice");
        names.push(name);
        let value = quoted(value);
        assert!(!value.contains('<'), "`<` in {name}");
        check_text(value);
        rest = rest[name.len() + 2 + value.len() + 1..].trim_start();
    }
}

fn quoted(text: &str) -> &str {
    text.split('"').next().unwrap()
}

/// Checks that every `&` starts an entity.
fn check_text(text: &str) {
    for (at, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        let is_entity = known.iter().any(|entity| text[at..].starts_with(entity));
        assert!(is_entity, "a bare & in `{text}`");
    }
}
