/** What the control page looks like. */
export const style = `
:root {
  --ground: #f7f8fa; --card: #fff; --ink: #1b2430; --quiet: #56616f; --line: #d5dae1;
  --accent: #1f6feb; --fault: #b42318; --right: #1a7f4b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10151c; --card: #19202a; --ink: #e6ebf2; --quiet: #9aa7b6; --line: #2f3947;
    --accent: #6ea8fe; --fault: #ff8a7a; --right: #5dd39e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1.5rem 1.25rem 3rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif;
}
header { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: center; justify-content: space-between; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.2; }
h2 { margin: 0 0 .75rem; font-size: 1rem; }
p { margin: .25rem 0 0; color: var(--quiet); max-width: 42rem; }
.dashboard {
  padding: .55rem 1rem; border-radius: .5rem; border: 1px solid var(--accent); color: var(--accent);
  font-weight: 600; text-decoration: none;
}
.dashboard:hover { background: color-mix(in srgb, var(--accent) 12%, transparent); }
main { display: grid; gap: 2rem; margin-top: 1.5rem; }
@media (min-width: 60rem) { main { grid-template-columns: 1fr 1fr; align-items: start; } }
main > * { min-width: 0; }
.controls { display: grid; gap: 1.5rem; }
fieldset { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; border: 1px solid var(--line); border-radius: .5rem; }
legend { padding: 0 .35rem; font-weight: 600; }
label { padding: .25rem 0; }
input { accent-color: var(--accent); }
.faults { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
button {
  display: flex; flex-direction: column; width: 100%; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card); color: inherit; font: inherit; text-align: left; cursor: pointer;
}
button strong { display: block; color: var(--fault); }
button.right strong { color: var(--right); }
button span { color: var(--quiet); font-size: .875rem; line-height: 1.4; display: block; }
button:hover { border-color: currentColor; }
button[aria-disabled="true"] { opacity: .55; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#status:empty { display: none; }
#status { color: var(--ink); font-weight: 600; margin-bottom: .75rem; }
ol { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
ol > li { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
li { overflow-wrap: anywhere; }
li p { margin: 0; }
li .what { color: var(--ink); font-weight: 600; }
li time { font-weight: 400; color: var(--quiet); }
li ul { margin: .5rem 0 0; padding-left: 1.1rem; }
`
