extension Vocabulary {
  /// Who and what things are called.
  static let names: [(name: String, entries: [String])] = [
    compounds(
      "coined",
      """
      Hel Mar Cor Vex Lum Tor Nim Bra Sol Ker Ald Fen Quor Zeph Ost Pel Ryn Sil Tav Umb Vel Wyn Xan Yar Zor Arb Bel Cal Dor Eld Fal Gar
      Hal Ind Jor Kal Lor Mir Nor Orl Pra Rav Sab Thal Ul Var Wes Ith Ame Ber Cind Dra
      """,
      "io row vid ara ona ix umi eth ova ent alis is ora ium ane ys ell ando ique us ea"),
    words(
      "given",
      "Ada Lin Wei Mira Jonas Priya Kenji Sofia Omar Lena Tomas Aisha Noah Yuki Elena Ravi Chen Maria Ivan Grace Hugo Nadia Samir Ingrid Pablo Zoe Amir Hana Felix Rosa Minh Olga Dario Leila Bruno Anya Kofi Mei Stefan Tara Diego Nora Arun Julia Marek Selin Emre Katya Paolo Bianca Jun Farah Otto Vera Luca Ines Rahul Eva Tariq Clara"
    ),
    words(
      "family",
      """
      Zhang Wang Li Chen Kumar Nguyen Kim Garcia Müller Rossi Tanaka Silva Novak Haddad Okafor Ivanov Larsen Patel Singh Cohen Moreau Dubois Kowalski Yamamoto Sato Park Liu Yang Huang Zhao Wu Xu Sun Zhou Ahmed Hassan Costa
      Fernandez Weber Schmidt Jansen Eriksson Virtanen Horvat Petrov Rahman Gupta Mehta Banerjee Osei Mbeki Castillo Lombardi Keller Brandt Fischer Aydin Demir Tran Pham Le Lim Tan Suzuki Ito Watanabe Choi Jung Novotny Björk García-Ruiz
      """),
    lines("author", String(repeating: "{given} {family}\n", count: 12) + "{given} {given} {family}\n{given} {family}-{family}"),
    lines(
      "lab",
      String(repeating: "{coined} Labs\n{coined} AI\n{coined}\n{coined} Research\n", count: 9)
        + "OpenAI\nAnthropic\nGoogle DeepMind\nMistral\nMeta\nQwen\nDeepSeek\nNVIDIA"),
    words(
      "creature",
      """
      Corvid Heron Lynx Marten Osprey Kestrel Badger Otter Falcon Raven Wren Tern Ibex Oryx Gecko Mantis Cicada Orca Narwhal Puffin Jackal Civet Tapir Quokka Serval Caracal Plover Sable Stoat Vole Petrel Avocet Bittern Curlew
      Dunlin Egret Finch Gannet Harrier Jay Kite Lark Merlin Nuthatch Oriole Pipit Quail Rook Siskin Thrush
      """),
    lines("model_family", String(repeating: "{creature}\n{creature}\n{coined}\n", count: 10) + "Qwen\nLlama\nGemma\nMistral\nKimi K\nGLM"),
    words("model_size", "7B 70B 8B 32B 120B 3B 13B 235B 1.5B 14B 405B 20B 0.6B 27B 671B 4B 1T"),
    lines("model_suffix", " Instruct\n Thinking\n Preview\n Coder\n Mini\n Flash\n Pro\n Turbo\n Chat\n VL\n Max"),
    lines(
      "model",
      "{model_family.2} {#1-9.3} {model_size.4}\n{model_family.2}-{#1-9.3}{model_suffix.5}\n{model_family.2} {#1-6.3}.{#1-9.6}{model_suffix.5}\n{model_family.2} {#1-9.3} {model_size.4}{model_suffix.5}"
    ),
    words("context", "128K 256K 1M 200K 32K 64K 512K 2M 400K"),
    lines(
      "protocol",
      String(
        repeating:
          "{coined} Finance\n{coined} Protocol\n{coined}Swap\n{coined}\n{coined} Bridge\n{coined} Lend\n{coined} Vaults\n{coined}DAO\n{coined} Exchange\n{coined}Fi\n{creature} Finance\n{creature}Swap\n",
        count: 5)
        + "Curve\nAave\nUniswap\nCompound\nBalancer"),
    lines(
      "fund",
      String(repeating: "{coined} Capital\n{coined} Ventures\n{creature} Partners\n{coined} Digital\n{family} Ventures\n", count: 5)
        + "a16z\nParadigm\nPantera Capital\nSequoia"),
    words("chain", "Ethereum BSC Arbitrum Base Polygon Solana Optimism Avalanche Fantom Blast Linea zkSync Gnosis Celo Sui Aptos"),
    words("chain_code", "mainnet bsc arbitrum base polygon solana optimism avalanche fantom blast linea zksync gnosis celo sui aptos"),
    words(
      "outlet",
      "Blockwire CoinLedger ChainPost DecryptDaily TokenTribune Ledgerly NodeNews CryptoCourier BitHerald DeFiDigest Satsuma HashReport TheRelay OnChainTimes BlockBulletin MetaMarkets Cointelegraph CoinDesk"
    ),
    words(
      "provider",
      """
      openrouter nano-gpt kilo cloudflare-ai-gateway vercel azure amazon-bedrock google-vertex groq together fireworks deepinfra helicone novita siliconflow chutes nebius baseten cerebras sambanova hyperbolic replicate parasail
      inference-net friendli lepton modelscope requesty poe github-models github-copilot opencode zenmux aihubmix io-net venice cortecs scaleway ovhcloud nvidia huggingface submodel upstage wandb morph abacus fastrouter lucidquery
      synthetic moonshotai zai alibaba tencent volcengine stepfun xiaomi iflow bailing vivgrid
      """),
  ]
}
