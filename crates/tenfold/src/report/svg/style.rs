//! Colours and type of the chart, light and dark.

use std::fmt::Write as _;

/// Fills and strokes of series 1–6, light then dark. The order is fixed: the lowest distance of any
/// pair under normal and the three kinds of colour-blind sight (`OKLab` × 100) is 11.0 and 13.6.
const SERIES: [(&str, &str); 6] = [
    ("#3E88E7", "#80D5FF"),
    ("#E95003", "#FFAC3B"),
    ("#074509", "#328631"),
    ("#B56D9C", "#AB529C"),
    ("#645847", "#E5F7BE"),
    ("#3E49C3", "#8589FF"),
];

/// Text of series 1–6, at least 4.5:1 on the background.
const SERIES_TEXT: [(&str, &str); 6] = [
    ("#1F66C1", "#80D5FF"),
    ("#B83E00", "#FFAC3B"),
    ("#074509", "#6FC46E"),
    ("#8E4676", "#D98BCB"),
    ("#645847", "#E5F7BE"),
    ("#3E49C3", "#9EA1FF"),
];

/// Colours that belong to no series.
struct Palette {
    background: &'static str,
    ink: &'static str,
    muted: &'static str,
    line: &'static str,
    grey: &'static str,
    small_data: &'static str,
    irreducible: &'static str,
    strip: &'static str,
}

const LIGHT: Palette = Palette {
    background: "#FCFCFA",
    ink: "#1B1D22",
    muted: "#5A616D",
    line: "#E3E3DD",
    grey: "#A9ACB0",
    small_data: "#F3ECDA",
    irreducible: "#E2E6F0",
    strip: "#EDEDE8",
};

const DARK: Palette = Palette {
    background: "#14161A",
    ink: "#ECEDF0",
    muted: "#A1A8B4",
    line: "#2B2F37",
    grey: "#5C626C",
    small_data: "#2A2619",
    irreducible: "#1E2433",
    strip: "#23272E",
};

/// Shapes and sizes; no colours, and nothing that a media query changes.
const SHAPES: &str = "\
.lc text{font:400 12px Inter,\"Segoe UI\",system-ui,-apple-system,\"Helvetica Neue\",Arial,sans-serif;\
font-variant-numeric:tabular-nums}\
.lc .rs{font-size:11.5px}.lc .rl{font-size:11px;font-weight:600;letter-spacing:.08em}\
.lc .tl{font-weight:600}.lc .nl{font-weight:700;font-size:13px}.lc .dl{font-weight:700;font-size:13px}\
.lc .halo{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}\
.lc .grid{stroke-width:1}.lc .now{stroke-dasharray:1 4;stroke-width:1.6;stroke-linecap:round}\
.lc .target{stroke-dasharray:5 4;stroke-width:1.3}\
.lc .b95{fill-opacity:.13}.lc .b80{fill-opacity:.25}.lc .faint{fill-opacity:.1}\
.lc .fit,.lc .fc,.lc .pre{fill:none;stroke-width:2.2;stroke-linejoin:round}\
.lc .fc{stroke-dasharray:7 5}.lc .pre{stroke-width:1.2;stroke-opacity:.55}\
.lc .sg .fit,.lc .sg .fc{stroke-width:1.2}.lc .sg .pt{stroke-width:0}\
.lc .imp,.lc .sg .imp{stroke-width:1.7}.lc .seed.imp{stroke-width:.9;fill-opacity:1}\
.lc .dense{fill:none;stroke-width:3;stroke-linecap:round;stroke-opacity:.6}.lc .seed{fill-opacity:.42}.lc .pt{stroke-width:1.3}\
.lc .whisker{stroke-width:2.2}.lc .cross{stroke-width:1.6}.lc .lead{stroke-width:1}\
@media(forced-colors:active){.lc .fit,.lc .fc,.lc .pre,.lc .target,.lc .now{stroke:CanvasText}\
.lc text{fill:CanvasText}.lc .halo{stroke:Canvas}}";

/// The style sheet of a chart. Rules are scoped by the class `lc`, so one sheet serves a page with
/// several charts, and a chart saved as a file carries its own.
pub fn sheet() -> String {
    let mut css = SHAPES.to_owned();
    css.push_str(&colours(&LIGHT, |pair| pair.0));
    let _ = write!(css, "@media(prefers-color-scheme:dark){{{}}}", colours(&DARK, |pair| pair.1));
    css
}

fn colours(palette: &Palette, pick: fn(&(&'static str, &'static str)) -> &'static str) -> String {
    let Palette { background, ink, muted, line, grey, small_data, irreducible, strip } = palette;
    let mut css = format!(
        ".lc text{{fill:{ink}}}.lc .bg{{fill:{background}}}.lc .halo{{stroke:{background}}}\
         .lc .r-small{{stop-color:{small_data}}}.lc .r-irr{{stop-color:{irreducible}}}\
         .lc .grid{{stroke:{line}}}.lc .tk,.lc .ax,.lc .rs,.lc .rl{{fill:{muted}}}\
         .lc .now{{stroke:{muted}}}.lc .target,.lc .whisker{{stroke:{ink}}}\
         .lc .cross{{fill:{ink};stroke:{background}}}.lc .lead{{stroke:{muted}}}\
         .lc .strip{{fill:{strip}}}.lc .pt{{stroke:{background}}}\
         .lc .sg .fit,.lc .sg .fc,.lc .sg .pre,.lc .sg .dense{{stroke:{grey}}}.lc .sg .pt{{fill:{grey}}}\
         .lc .sg .imp,.lc .key .imp{{fill:{background};stroke:{muted}}}.lc text.sg{{fill:{muted}}}"
    );
    for (index, (shape, text)) in SERIES.iter().zip(&SERIES_TEXT).enumerate() {
        let (shape, text) = (pick(shape), pick(text));
        let _ = write!(
            css,
            ".lc .s{index} .b80,.lc .s{index} .b95,.lc .s{index} .pt,.lc .s{index} .seed,\
             .lc .s{index} .law{{fill:{shape}}}\
             .lc .s{index} .fit,.lc .s{index} .fc,.lc .s{index} .pre,.lc .s{index} .dense{{stroke:{shape}}}\
             .lc .s{index} .imp{{fill:{background};stroke:{shape}}}\
             .lc .s{index} .law-stop{{stop-color:{shape}}}.lc text.s{index}{{fill:{text}}}"
        );
    }
    css
}
