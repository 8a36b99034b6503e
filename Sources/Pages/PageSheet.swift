/// How pages look.
public enum PageSheet {
  /// Colours by purpose: `--a` and `--b` are two sides of a comparison, `--s0`…`--s4` the five scores.
  public static let rules = """
    :root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --soft: #5b6470; --line: #d8dde3; --panel: #f6f8fa;
      --good: #1a7f37; --good-paper: #dafbe1; --bad: #b42318; --bad-paper: #fee4e2; --neutral: #7a5b00; --neutral-paper: #fff3c4;
      --mark: #ffe58a; --track: #e6eaee; --s0: #3b7dd8; --s1: #7c5cc4; --s2: #d9663a; --s3: #2f9e77; --s4: #b58a1b;
      --a: #5b6b80; --b: #d9663a; --heat: #3b7dd8; }
    @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e3e8ee; --soft: #98a2ae; --line: #333b45; --panel: #1b2128;
      --good: #56d47b; --good-paper: #12341f; --bad: #ff8a80; --bad-paper: #45191a; --neutral: #ecc94b; --neutral-paper: #3d3210;
      --mark: #6b5600; --track: #2a313a; --s0: #5b9bf0; --s1: #9d82e0; --s2: #ee855c; --s3: #4cc299; --s4: #d6ac42;
      --a: #93a3b8; --b: #ee855c; --heat: #5b9bf0; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
    main { max-width: 62rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: .2rem 0 .6rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.15rem; margin: 2.2rem 0 .3rem; } h3 { font-size: 1rem; margin: 1rem 0 .2rem; overflow-wrap: anywhere; }
    p { margin: .35rem 0; overflow-wrap: anywhere; }
    .kicker, .note, footer, figcaption { color: var(--soft); font-size: .88rem; }
    header { border-bottom: 1px solid var(--line); padding-bottom: 1rem; margin-bottom: 1rem; }
    summary { cursor: pointer; padding: .25rem 0; color: var(--soft); font-size: .88rem; }
    .badge { display: inline-block; border-radius: 999px; padding: .1rem .6rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
    .good { color: var(--good); background: var(--good-paper); } .bad { color: var(--bad); background: var(--bad-paper); }
    .neutral { color: var(--neutral); background: var(--neutral-paper); }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; font-size: .88rem; margin: .4rem 0; width: 100%; }
    caption { text-align: left; color: var(--soft); padding-bottom: .2rem; }
    th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
    th { color: var(--soft); font-weight: 600; } tbody th { color: var(--ink); font-weight: 400; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    code { font: .85rem/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
    figure { margin: .6rem 0; } svg { width: 100%; height: auto; display: block; }
    svg text { fill: var(--ink); font: 12px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
    svg .soft { fill: var(--soft); } svg .middle { text-anchor: middle; } svg .end { text-anchor: end; } svg .strong { font-weight: 700; }
    svg .axis { stroke: var(--line); stroke-width: 1; } svg .track { fill: var(--track); }
    footer { margin-top: 2rem; border-top: 1px solid var(--line); padding-top: .8rem; }
    @media print { body { font-size: 12px; } main { max-width: none; padding: 0; } figure, tr, .card { break-inside: avoid; } h2, h3 { break-after: avoid; } }

    """
}
