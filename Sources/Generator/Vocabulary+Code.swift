extension Vocabulary {
  /// Repositories, commits and releases.
  static let codeLists: [(name: String, entries: [String])] = [
    words(
      "repo_word",
      """
      agent llm vector flow chat swarm mesh rag prompt graph tensor pixel sketch forge craft pilot scout relay vault ledger bridge swap node chain wallet index crawl stream queue cache proxy shell term note blog mail auth guard trace
      metric chart table grid form route state store sync query parse lint build pack test mock bench fuzz
      """),
    words("repo_tail", "kit hub lab js rs py go ui cli sdk core server studio os bot gpt ai dev stack box base gen works"),
    lines("repo_owner", String(repeating: "{coined/s}\n{coined}\n{given/s}{#1-99}\n{coined/s}-{repo_tail}\n{creature/s}hq\n", count: 5)),
    lines(
      "repo_name",
      "{repo_word}-{repo_tail}\n{coined/s}\n{repo_word}{repo_tail}\n{repo_word}-{repo_word}\nawesome-{repo_word}\n{coined}\n{creature/s}\n{creature/s}-{repo_tail}\nopen-{repo_word}\n{repo_word}.{repo_tail}"
    ),
    lines(
      "repo",
      String(repeating: "{repo_owner}/{repo_name}\n", count: 160)
        + "ggml-org/llama.cpp\npytorch/pytorch\nhuggingface/transformers\nvllm-project/vllm\nollama/ollama\nethereum/go-ethereum\nbitcoin/bitcoin\nrust-lang/rust\nswiftlang/swift\nmicrosoft/vscode\nlangchain-ai/langchain\nfoundry-rs/foundry"
    ),
    words("verb_code", "fix add remove update refactor improve simplify handle support document rename deprecate speed-up test guard log"),
    words("scope", "core api ui docs build ci parser cache auth router storage metrics cli sdk models providers tests deps"),
    lines(
      "code_thing",
      "error message\nretry logic\ntoken limit\nmodel pricing\nlogin flow\ncold start\nmemory leak\nrace condition\nconfig schema\ntime zone bug\nempty response\npagination\nrate limiter\nnull check\nstreaming mode\nunit tests\nREADME\nchangelog\ndefault context\nlog rotation\ncompiler warning\nchecksum\ntype hints\nicon set\ndark theme"
    ),
    lines(
      "commit_subject",
      """
      {verb_code} {code_thing}
      {scope}: {verb_code} {code_thing}
      fix({scope}): {code_thing}
      feat({scope}): {verb_code} {code_thing}
      Update README.md
      Merge pull request #{#100-9999} from {coined/s}/{verb_code}-{scope}
      Merge branch 'dev' into {scope}-{code_thing/s}
      sync
      Add {protocol} exp
      chore: bump {scope} to {#0-9}.{#0-30}.{#0-20}
      {verb_code} {code_thing} (#{#100-9999})
      Revert "{verb_code} {code_thing}"
      """),
    lines(
      "release_subject",
      "Release {#0-9}.{#0-30}.{#0-20}\n{scope}: {verb_code} {code_thing}\nChangelog update\nBump version defines\nRun formatter\n{verb_code} {code_thing} (#{#100-9999})"
    ),
  ]
}
