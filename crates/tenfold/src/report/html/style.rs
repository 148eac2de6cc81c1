//! Type, colours and layout of the page.

/// The page's style sheet; the chart brings its own.
pub(super) const SHEET: &str = "\
:root{--bg:#FCFCFA;--card:#FFF;--ink:#1B1D22;--mut:#5A616D;--line:#E3E3DD;--focus:#1F66C1;\
--warn:#8A5A00;--fail:#A1261B}\
@media(prefers-color-scheme:dark){:root{--bg:#14161A;--card:#1D2026;--ink:#ECEDF0;--mut:#A1A8B4;\
--line:#2B2F37;--focus:#80D5FF;--warn:#F0C060;--fail:#FF9C8F}}\
*{box-sizing:border-box}\
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\
body{margin:0;background:var(--bg);color:var(--ink);overflow-wrap:anywhere;\
font:15px/1.5 Inter,\"Segoe UI\",system-ui,-apple-system,\"Helvetica Neue\",Arial,sans-serif;\
font-variant-numeric:tabular-nums}\
main{max-width:1040px;margin:0 auto;padding:28px 24px 48px}\
h1{font-size:24px;line-height:1.25;letter-spacing:-.012em;margin:0 0 4px;font-weight:600;\
text-wrap:balance}\
h2{font-size:16px;line-height:1.35;font-weight:600;margin:30px 0 6px}\
p{margin:0 0 10px}.sub{margin:0 0 18px;color:var(--mut);max-width:72ch}\
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;background:var(--line);\
border:1px solid var(--line);border-radius:8px;overflow:hidden;margin:0 0 18px}\
.tiles.one{grid-template-columns:1fr}\
.tiles div{background:var(--card);padding:10px 14px}.tiles dt,.tiles dd{margin:0}\
.tiles dt,.tiles .detail{color:var(--mut);font-size:12.5px}\
.tiles .value{font-size:20px;font-weight:600;line-height:1.3}\
figure{margin:0}figure>svg{display:block;width:100%;height:auto;margin:0 auto}\
.medium,.narrow,.legend{display:none!important}\
.legend{list-style:none;margin:0 0 8px;padding:0;flex-wrap:wrap;gap:2px 16px;font-size:13px}\
.legend li{display:flex;gap:6px;align-items:center;min-width:0}.legend span{color:var(--mut)}\
.legend svg{flex:none;margin:0}\
.scroll{overflow-x:auto}.scroll:focus-visible{outline:2px solid var(--focus);outline-offset:2px}\
table{border-collapse:collapse;font-size:13px;min-width:100%}\
caption{position:sticky;left:0;width:max-content;max-width:calc(100vw - 28px);text-align:left;\
color:var(--mut);padding:0 0 6px;font-size:13px}\
th,td{padding:5px 18px 5px 0;text-align:right;border-bottom:1px solid var(--line);\
white-space:nowrap;vertical-align:top;overflow-wrap:normal}\
th{font-weight:600}thead th{color:var(--mut);font-weight:400;font-size:12.5px}\
th:first-child,td.words,th.words{text-align:left}th:last-child,td:last-child{padding-right:0}\
th[scope=row]{max-width:260px;overflow:hidden;text-overflow:ellipsis}\
td.words{white-space:normal;min-width:220px}td .range{color:var(--mut)}\
.mark{vertical-align:-2px;margin-right:6px}\
.notes{list-style:none;margin:0;padding:0;font-size:14px}\
.notes li{display:grid;grid-template-columns:48px 1fr;padding:5px 0;\
border-bottom:1px solid var(--line)}\
.notes b{font-weight:600}.notes .warn{color:var(--warn)}.notes .fail{color:var(--fail)}\
.notes .ok{color:var(--mut)}\
details{margin-top:30px;border-top:1px solid var(--line);padding-top:12px}\
summary{cursor:pointer;font-weight:600;font-size:16px}\
summary:focus-visible{outline:2px solid var(--focus);outline-offset:2px}\
details .scroll{margin-top:8px}\
.method{margin-top:30px;color:var(--mut);font-size:12.5px;border-top:1px solid var(--line);\
padding-top:12px}\
.method h2{margin:0 0 6px;color:var(--ink)}\
.method dl{display:grid;grid-template-columns:max-content 1fr;\
gap:2px 16px;margin:0 0 10px}\
.method dt{color:var(--mut)}.method dd{margin:0;color:var(--ink)}\
@media(max-width:960px){.wide{display:none!important}.medium{display:block!important}\
figure>svg{max-width:780px}}\
@media(max-width:560px){main{padding:18px 14px 40px}h1{font-size:20px}\
.tiles{grid-template-columns:1fr 1fr}.medium{display:none!important}\
.narrow{display:block!important}.legend{display:flex!important}figure>svg{max-width:500px}\
th,td{padding-right:14px}.method dl{grid-template-columns:1fr;gap:0}.method dd{margin-bottom:6px}}\
@media print{main{max-width:none;padding:0}body{print-color-adjust:exact;\
-webkit-print-color-adjust:exact}section,figure,tr{break-inside:avoid}}";
