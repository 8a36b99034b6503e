extension Vocabulary {
  /// Headlines. What stands in them as a fact is the same in every wording; the other words vary between outlets.
  static let newsLists: [(name: String, entries: [String])] = [
    words("releases", "releases launches unveils introduces announces ships debuts"),
    words("says", "says reports claims warns argues reveals confirms"),
    words("drained", "drained exploited hacked hit attacked breached"),
    lines("prefix", "Breaking: \nReport: \nUpdate: \nExclusive: \nJust in: "),
    lines("suffix", " - {outlet}\n | {outlet}\n, report says\n, sources say\n: what we know"),
    lines(
      "topic_ai",
      words(
        "",
        "agents reasoning benchmarks inference safety robotics chips regulation copyright privacy education healthcare coding search voice video datacenters energy jobs startups hiring open-source multimodality alignment evaluation hallucinations memory tooling pricing latency translation science drug-discovery weather climate finance law warfare elections gaming"
      ).entries.joined(separator: "\n")),
    lines(
      "thing_ai",
      """
      coding agent\nvoice assistant\nopen-weight model\nreasoning model\nvideo generator\nworld model\nrobot hand\ninference chip\ndata center\nbenchmark suite\nsafety team\nchat app\nsearch engine\nimage editor\nmusic model\nlegal assistant
      medical scribe\ntutoring bot\nbrowser agent\nspreadsheet copilot\nenterprise platform\ndeveloper kit\nresearch preview\ntraining cluster\nsmall language model\nembedding model\nspeech recognizer\nprotein model\nweather model\nfraud detector
      """),
    words(
      "adjective",
      "new faster cheaper open private smaller bigger controversial secretive ambitious experimental free paid unreleased global local multilingual autonomous transparent leaked revised delayed popular cautious bold quiet early final surprising"
    ),
    words(
      "place_name",
      "Europe China India Japan California London Berlin Paris Seoul Singapore Brazil Canada Texas Nairobi Dubai Israel Taiwan Australia Sweden Poland Toronto Lagos Jakarta Vienna Zurich Washington Brussels Tokyo Shenzhen Bangalore"
    ),
    words(
      "role",
      "CEO founder researcher engineer regulator judge investor analyst teacher doctor artist union senator minister professor chief-scientist CTO auditor"
    ),
    lines(
      "ai_news",
      """
      {lab.1} {releases} {adjective.2} {thing_ai.3} for {topic_ai.4}
      {lab.1} raises {$.5} to build {adjective.2} {thing_ai.3}
      {place_name.1} opens inquiry into {lab.2} over {topic_ai.3}
      Why {role.1}s are turning to a {adjective.2} {thing_ai.3} for {topic_ai.4}
      {lab.1} {role.2} {given.3} {family.4} {says} {topic_ai.5} will change by {#2026-2032.6}
      {lab.1} cuts {thing_ai.2} prices by {#10-80.3}% as {topic_ai.4} race heats up
      How {lab.1} trained a {thing_ai.2} on {#2-90.3} trillion tokens
      {place_name.1} court rules against {lab.2} in {topic_ai.3} case
      {#3-12.1} things to know about the {adjective.2} {thing_ai.3} from {lab.4}
      Study: {adjective.1} {thing_ai.2} fails {#20-90.3}% of {topic_ai.4} tests in {place_name.5}
      {lab.1} and {lab.2} sign {topic_ai.3} deal worth {$.4}
      Former {lab.1} {role.2} starts {lab.3}, a {topic_ai.4} company
      “{adjective.1} is the word”: inside {lab.2}’s {thing_ai.3}
      {lab.1} outage leaves {role.2}s without their {thing_ai.3} for {#2-14.4} hours
      {place_name.1} to spend {$.2} on {topic_ai.3} by {#2026-2035.4}
      Opinion: the {adjective.1} {thing_ai.2} is bad for {topic_ai.3}
      {repo.1} tops trending list with {adjective.2} {thing_ai.3}
      The {thing_ai.1} that {role.2}s in {place_name.3} could not stop using
      {lab.1} open-sources {thing_ai.2} under Apache license, {role.3}s cheer
      What {lab.1}’s {$.2} bet on {topic_ai.3} means for {role.4}s
      {role.1}s in {place_name.2} strike over {topic_ai.3}
      Inside the {adjective.1} lab where {lab.2} builds its {thing_ai.3}
      {lab.1} hires {given.2} {family.3} to lead {topic_ai.4}
      Can a {adjective.1} {thing_ai.2} pass the {place_name.3} {role.4} exam?
      {given.1} {family.2} on {topic_ai.3}, {topic_ai.4} and the end of the {thing_ai.5}
      {lab.1} quietly drops {topic_ai.2} from its {thing_ai.3}
      {#100-9900.1} {role.2}s sign letter against {lab.3}’s {thing_ai.4}
      {place_name.1} schools try a {thing_ai.2}; {role.3}s are not convinced
      Leaked memo: {lab.1} sees {topic_ai.2} as its next {$.3} business
      Two {role.1}s, one {thing_ai.2} and a {adjective.3} idea about {topic_ai.4}
      {lab.1} {market_move} {#3-30.2}% after {adjective.3} {topic_ai.4} forecast
      Hands-on: the {lab.1} {thing_ai.2} is {adjective.3} but not for {role.4}s
      The {topic_ai.1} problem with every {thing_ai.2}, according to {lab.3}
      {lab.1} to close {place_name.2} office, move {topic_ai.3} staff to {place_name.4}
      {repo.1} adds {topic_ai.2} and a {adjective.3} {thing_ai.4}
      {place_name.1} {role.2} {says} {topic_ai.3} rules for the {adjective.4} {thing_ai.5} are ready
      """),
    lines(
      "model_headline",
      """
      {lab.1} {releases} {model.0} with {context.7} context
      {lab.1}'s {model.0} is here: {context.7} context and better {topic_ai.8}
      {model.0} from {lab.1} beats rivals on {topic_ai.8}, company {says}
      {lab.1} {releases} {model.0}, a {adjective.9} model for {topic_ai.8}
      {model.0} by {lab.1} is now available with a {context.7} window
      """),
    lines(
      "paper_headline",
      """
      New paper: {method_name.1} {improves} {task.2}
      Researchers {says} {method_name.1} makes {task.2} cheaper
      {method_name.1}: a {adjective.3} approach to {task.2}
      """),
    lines(
      "repo_headline",
      """
      {repo.1}
      Show HN: {repo.1}, a {adjective.2} tool for {topic_ai.3}
      {repo.1} gains thousands of stars in a day
      Open-source {repo.1} goes viral among developers
      """),
    lines(
      "exploit_headline",
      """
      {protocol.1} {drained} for {$.4} in {technique.3} on {chain.2}
      {protocol.1} loses {$.4} to {technique.3} on {chain.2}
      Hackers steal {$.4} from {chain.2}-based {protocol.1}
      {chain.2} protocol {protocol.1} {drained} in {$.4} {technique.3}
      {protocol.1} pauses contracts after {$.4} {technique.3}
      Attacker moves {$.4} taken from {protocol.1} through a mixer
      """),
    lines(
      "funding_headline",
      """
      {protocol.1} raises {$.4} {round.2} led by {fund.3}
      {fund.3} leads {$.4} {round.2} in {protocol.1}
      {protocol.1} closes {$.4} {round.2} to grow on {chain.5}
      Crypto startup {protocol.1} secures {$.4} from {fund.3}
      """),
    words(
      "coin", "Bitcoin Ethereum Tether Litecoin Binance Ripple Cardano Dogecoin Solana Polkadot Chainlink Stellar Monero Tezos Avalanche"),
    words(
      "keyword", "bitcoin ethereum tether litecoin binance ripple cardano dogecoin solana polkadot chainlink stellar monero tezos avalanche"
    ),
    words("market_move", "surges slips rallies dips climbs tumbles stalls rebounds soars drops recovers jumps"),
    lines(
      "crypto_news",
      """
      {coin.1} {market_move} past {#1-90.2},000 as {role.3}s eye {place_name.4}
      {coin.1} {market_move} {#2-28.2}% after {place_name.3} ruling
      {place_name.2} central bank {says} {coin.1} needs {adjective.3} rules
      {protocol.2} adds {coin.1} support on {chain.3}
      Analyst {given.2} {family.3} {says} {coin.1} could reach ${#1-400.4},000
      {coin.1} miners in {place_name.2} face {adjective.3} energy tax
      {protocol.2} {releases} {adjective.3} stablecoin backed by {coin.1}
      {coin.1} whale moves {$.2} to {protocol.3}
      {place_name.2} {role.3} charged in {$.4} {coin.1} fraud
      {fund.2} and {fund.3} quarrel over {protocol.4} treasury worth {$.5}
      {protocol.2} {role.3} {given.4} {family.5} resigns after {coin.1} vote
      How a {place_name.2} {role.3} lost {$.4} in {coin.1}
      {coin.1} fees fall {#10-90.2}% after {protocol.3} upgrade on {chain.4}
      {place_name.2} exchange lists {coin.1} for {role.3}s
      {protocol.2} audit finds {#2-40.3} flaws, none of them in {coin.1} pools
      {#20-90.2}% of {role.3}s in {place_name.4} own {coin.1}, survey {says}
      Why {protocol.2} moved its {coin.1} vaults from {chain.3} to {chain.4}
      What {coin.1} holders should know about {protocol.2} governance vote
      {coin.1} ETF inflows reach {$.2} as {place_name.3} market opens
      {protocol.2} token {market_move} {#5-70.3}% on {chain.4} listing next to {coin.1}
      ‘{coin.1} will not die’: {role.2}s in {place_name.3} look back
      {fund.2} bets {$.3} on {coin.1} infrastructure in {place_name.4}
      """),
    words(
      "language", "Rust Zig Python Go C Swift OCaml Haskell Lisp JavaScript SQL Erlang Elixir Forth Lua Julia Prolog Fortran COBOL Ada"),
    lines(
      "noun_tech",
      "database\ncompiler\nscheduler\nfilesystem\nfont renderer\nspreadsheet\nterminal\nbrowser engine\ngarbage collector\nkeyboard\nsynthesizer\ntext editor\npackage manager\nmail server\ngame engine\nGPU driver\ncalendar\nhash table\nregex engine\nprofiler\nsatellite\nbicycle\nelevator\nlibrary\nmicroscope\nmainframe\nlogic analyzer\nradio telescope\nweb framework\nbuild system\nqueue\nbloom filter"
    ),
    lines(
      "tech_news",
      """
      Show HN: A {noun_tech.1} written in {language.2}
      Why I rewrote our {noun_tech.1} in {language.2}
      The {adjective.1} history of the {noun_tech.2}
      Ask HN: What {noun_tech.1} do you use in {#2025-2027.2}?
      {language.1} {#1-9.2}.{#0-9.3} released
      {noun_tech.1} internals, part {#1-7.2}
      A {adjective.1} {noun_tech.2} for {place_name.3}
      How {lab.1} runs {#2-900.2} {noun_tech.3}s in production
      CVE-{#2024-2026.1}-{#10000-69999.2}: {language.3} {noun_tech.4} evaluates input twice
      Building a {noun_tech.1} from scratch with {language.2}
      {place_name.1} bans the {noun_tech.2}
      Notes on the {noun_tech.1} of {place_name.2}
      {given.1} {family.2} has died
      The {noun_tech.1} that ran {place_name.2} for {#10-60.3} years
      {language.1} without {language.2}: a {noun_tech.3} experiment
      We moved from {language.1} to {language.2} and cut our {noun_tech.3} bill by {#20-95.4}%
      Learn {language.1} by writing a {noun_tech.2}
      My {adjective.1} {noun_tech.2} setup
      I tried {adjective.1} {thing_ai.2} for a month
      "{noun_tech.1}" considered harmful
      {repo.1}: {adjective.2} {noun_tech.3} in {language.4}
      Reverse engineering a {#1971-2009.1} {noun_tech.2}
      """),
    words(
      "user",
      "tinfoil quasar_k bluejay mhoye pvtrash octobyte lambdacat rsnake heapwalker nullset moxie_ inkwell grue42 zephyr9 dustbowl kettle paperclip vmirror sourdough ampersand xor_eax fjord plover9 tabspace"
    ),
    words("site", "blog.example.com news.example.org notes.example.net lab.example.edu www.example.com journal.example.org"),
  ]
}
