//! The figures side by side.

use maud::{Markup, html};

use super::Tile;

pub(super) fn html(tiles: &[Tile]) -> Option<Markup> {
    let is_alone = tiles.len() == 1;
    let markup = html! {
        dl.tiles.one[is_alone] {
            @for tile in tiles {
                div {
                    dt { (tile.label) }
                    dd.value { (tile.value) }
                    dd.detail { (tile.detail) }
                }
            }
        }
    };
    (!tiles.is_empty()).then_some(markup)
}
