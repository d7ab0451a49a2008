/** Colours by their role. Text on `page` and `surface`, and `accent` on both, have the contrast of WCAG 2.2 AA. */
export const LIGHT = {
  page: '#ffffff',
  surface: '#f4f6f8',
  text: '#1b232c',
  muted: '#54606c',
  line: '#d5dbe1',
  accent: '#1f6199',
  fill: '#c9dff1',
} as const;

export const DARK: Readonly<Record<keyof typeof LIGHT, string>> = {
  page: '#14181d',
  surface: '#1e242b',
  text: '#e6eaee',
  muted: '#a3afba',
  line: '#39434d',
  accent: '#6db3ec',
  fill: '#27455e',
};

const variables = (colours: Readonly<Record<string, string>>) =>
  Object.entries(colours)
    .map(([role, colour]) => `--${role}:${colour}`)
    .join(';');

export const STYLE = `
:root{color-scheme:light dark;${variables(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.6rem;margin:0 0 .5rem}
h2{font-size:1.2rem;margin:2.5rem 0 .4rem}
h3{font-size:1rem;margin:1rem 0 .4rem}
p{margin:.3rem 0 .8rem;max-width:46rem}
bdi{overflow-wrap:anywhere}
.note,caption,figcaption,nav{color:var(--muted);font-size:.87rem}
dl,dd,ul,figure{margin:0;padding:0}
ul{list-style:none}
nav{margin-top:1.2rem}
nav a{color:var(--accent);margin-inline-end:1rem}
.subject{margin-bottom:.8rem}
.subject div{display:flex;gap:.6rem}
.subject dt{flex:0 0 5rem;color:var(--muted)}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));gap:.8rem}
.figures div{background:var(--surface);border-radius:.5rem;padding:.8rem 1rem}
.figures dt{font-weight:600}
.figures dt span{font-weight:400;color:var(--muted)}
.figures dd{color:var(--muted);font-size:.87rem}
.figures dd.value{color:var(--text);font-size:1.8rem;line-height:1.3;font-variant-numeric:tabular-nums}
svg{display:block;width:100%;font-size:11.5px}
svg text{fill:var(--text)}
svg .tick,svg .axis{fill:var(--muted)}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid,.frame{fill:none;stroke:var(--line)}
.track{fill:var(--surface)}
.bar{fill:var(--accent)}
.curve{fill:none;stroke:var(--accent);stroke-width:1.6}
.area{fill:var(--fill)}
.ideal{stroke:var(--muted);stroke-dasharray:5 4}
.marker{fill:var(--accent);stroke:var(--page);stroke-width:1.5}
.bars{display:grid;grid-template-columns:repeat(auto-fill,minmax(19rem,1fr));gap:0 2rem;align-items:start}
.bars svg,.unit{max-width:28rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:1rem 3rem;align-items:start}
.legend li{display:flex;gap:.4rem;align-items:center}
.key{width:14px;flex:none}
.curves{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.8rem,1fr));gap:.9rem .8rem}
.curves .curve{stroke-width:1.2}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1rem}
.curves span,.mistakes span{display:block;line-height:1.35}
.name{font-weight:600}
.mistakes strong{font-weight:400;font-variant-numeric:tabular-nums}
.mistakes img{display:block;width:100%;height:8rem;object-fit:contain;background:var(--surface);border-radius:.3rem;margin-bottom:.3rem}
.mistakes .frame{display:grid;place-items:center;height:8rem;background:var(--surface);border-radius:.3rem;margin-bottom:.3rem}
.heated{position:relative;width:min(100%,calc(8rem*var(--ratio)));aspect-ratio:var(--ratio)}
.mistakes .heated img{height:100%;margin:0;object-fit:fill}
.mistakes .heated .heat{position:absolute;inset:0;background:none}
body:has(#heat-shown:not(:checked)) .heat{display:none!important}
.scroll{overflow-x:auto}
.controls{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,14rem),1fr));gap:.4rem 1.2rem;align-items:end;max-width:60rem}
.controls label{display:block;color:var(--muted);font-size:.87rem}
.controls select{width:100%}
.controls input[type=range]{width:calc(100% - 7rem);padding-inline:0;vertical-align:middle;accent-color:var(--accent)}
output{display:inline-block;width:6.5rem;text-align:end;font-variant-numeric:tabular-nums}
select,input,textarea,.controls button{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--muted);border-radius:.3rem;padding:.35rem .6rem;max-width:100%}
.controls button{cursor:pointer}
textarea{display:block;width:100%;max-width:46rem}
.visually-hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
[hidden]{display:none!important}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
.below{margin-top:1rem}
caption{text-align:start}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:end}
th{font-weight:600}
th[scope=row]{min-width:7rem}
th:first-child,.text,thead th:not(.number){text-align:start}
tbody th{font-weight:400}
tbody tr:hover{background:var(--surface)}
th button{all:unset;cursor:pointer}
thead button{white-space:nowrap}
tbody th button{text-decoration:underline dotted;text-underline-offset:.2em}
thead button::after{content:" ↕";color:var(--muted)}
th[aria-sort=ascending] button::after{content:" ↑"}
th[aria-sort=descending] button::after{content:" ↓"}
button:focus-visible,summary:focus-visible,select:focus-visible,input:focus-visible,textarea:focus-visible,.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
@media (max-width:30rem){th,td{padding-inline:.3rem}th[scope=row]{min-width:5rem}}
@media print{nav,#threshold-panel{display:none!important}main{max-width:none;padding:0}section{break-before:auto}svg,li,figure,tr,.figures div{break-inside:avoid}h2,h3{break-after:avoid}thead button::after{content:""}}
`;
