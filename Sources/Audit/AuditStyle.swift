/// How the page looks.
enum AuditStyle {
  static let sheet = """
    :root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --soft: #5b6470; --line: #d8dde3; --panel: #f6f8fa;
      --good: #1a7f37; --good-paper: #dafbe1; --bad: #b42318; --bad-paper: #fee4e2; --neutral: #7a5b00; --neutral-paper: #fff3c4;
      --mark: #ffe58a; --track: #e6eaee; --s0: #3b7dd8; --s1: #7c5cc4; --s2: #d9663a; --s3: #2f9e77; --s4: #b58a1b; }
    @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e3e8ee; --soft: #98a2ae; --line: #333b45; --panel: #1b2128;
      --good: #56d47b; --good-paper: #12341f; --bad: #ff8a80; --bad-paper: #45191a; --neutral: #ecc94b; --neutral-paper: #3d3210;
      --mark: #6b5600; --track: #2a313a; --s0: #5b9bf0; --s1: #9d82e0; --s2: #ee855c; --s3: #4cc299; --s4: #d6ac42; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
    main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: .2rem 0 .6rem; overflow-wrap: anywhere; }
    p { margin: .35rem 0; overflow-wrap: anywhere; }
    .kicker, .note, footer { color: var(--soft); font-size: .88rem; }
    .verdict .badge { font-size: 1rem; padding: .2rem .7rem; }
    header { border-bottom: 1px solid var(--line); padding-bottom: 1rem; margin-bottom: 1rem; }
    details { border-left: 2px solid var(--line); margin: .6rem 0 .6rem .25rem; padding-left: .8rem; }
    details.d0 { border: 1px solid var(--line); border-radius: 8px; background: var(--panel); padding: .3rem .9rem; margin: .8rem 0; }
    summary { cursor: pointer; padding: .25rem 0; display: list-item; }
    summary > span:first-child { font-weight: 600; overflow-wrap: anywhere; }
    .body { padding: .1rem 0 .4rem; }
    .badge { display: inline-block; border-radius: 999px; padding: 0 .55rem; font-size: .8rem; font-weight: 600; white-space: nowrap; }
    .good { color: var(--good); background: var(--good-paper); } .bad { color: var(--bad); background: var(--bad-paper); }
    .neutral { color: var(--neutral); background: var(--neutral-paper); }
    .warning { color: var(--bad); font-weight: 600; }
    .fact { display: grid; grid-template-columns: 7.5rem minmax(0, 1fr); gap: .6rem; font-size: .92rem; padding: .08rem 0; }
    .fact .name { color: var(--soft); } .fact .value { overflow-wrap: anywhere; }
    .evidence { border-top: 1px solid var(--line); padding: .35rem 0; } .evidence .note { margin-left: 1.9rem; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .88rem; margin: .4rem 0; width: 100%; }
    th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
    td:last-child { overflow-wrap: anywhere; }
    th { color: var(--soft); font-weight: 600; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    code, pre { font: .85rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
    pre { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; white-space: pre-wrap;
      overflow-wrap: anywhere; max-height: 26rem; overflow-y: auto; margin: .4rem 0; }
    mark { background: var(--mark); color: var(--ink); border-radius: 2px; }
    svg { width: 100%; min-width: 34rem; max-width: 760px; height: auto; display: block; margin: .4rem 0; }
    svg text { fill: var(--ink); font: 13px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
    svg .sum { text-anchor: end; } svg .small { font-size: 11px; text-anchor: middle; fill: var(--soft); } svg .strong { font-weight: 700; }
    .track { fill: var(--track); } .bar.s0 { fill: var(--s0); } .bar.s1 { fill: var(--s1); } .bar.s2 { fill: var(--s2); }
    .bar.s3 { fill: var(--s3); } .bar.s4 { fill: var(--s4); } .threshold { stroke: var(--ink); stroke-width: 2; }
    footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .8rem; }
    @media print { details { break-inside: avoid; } pre { max-height: none; } }

    """
}
