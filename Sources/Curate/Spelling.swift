/// How names and phrases that sources keep in their own spelling are written for readers.
enum Spelling {
  private static let chains: [String: String] = [
    "bsc": "BSC", "eth": "ETH", "okx": "OKX", "kcc": "KCC", "nem": "NEM", "eos": "EOS", "zksync": "ZKsync", "tron": "Tron", "xdai": "xDai",
    "heco": "HECO", "iotex": "IoTeX", "bob": "BOB", "vechain": "VeChain", "neo": "NEO", "icp": "ICP",
  ]

  /// `ethereum` as `Ethereum`, `bsc` as `BSC`.
  static func chain(_ text: [UInt8]) -> [UInt8] {
    if let known = chains[lowerCase(text)] { return Array(known.utf8) }
    guard let first = text.first, (0x61...0x7a).contains(first), text.allSatisfy({ !(0x41...0x5a).contains($0) }) else { return text }
    return [first & 0xdf] + text.dropFirst()
  }

  private static let companies: [String: String] = [
    "openai": "OpenAI", "anthropic": "Anthropic", "google": "Google", "google-vertex": "Google Vertex", "xai": "xAI", "mistral": "Mistral",
    "deepseek": "DeepSeek", "openrouter": "OpenRouter", "azure": "Azure", "amazon-bedrock": "Amazon Bedrock", "groq": "Groq",
    "nvidia": "NVIDIA", "vercel": "Vercel", "github-copilot": "GitHub Copilot", "github-models": "GitHub Models",
    "huggingface": "Hugging Face", "alibaba": "Alibaba", "alibaba-cn": "Alibaba (China)", "zai": "Z.ai", "moonshotai": "Moonshot AI",
    "minimax": "MiniMax", "cohere": "Cohere", "perplexity": "Perplexity", "togetherai": "Together AI", "fireworks-ai": "Fireworks AI",
    "nano-gpt": "NanoGPT", "poe": "Poe", "venice": "Venice", "chutes": "Chutes", "kilo": "Kilo", "cerebras": "Cerebras",
    "deepinfra": "DeepInfra", "baseten": "Baseten", "digitalocean": "DigitalOcean", "gitlab": "GitLab", "nebius": "Nebius",
    "siliconflow": "SiliconFlow", "siliconflow-cn": "SiliconFlow (China)", "zhipuai": "Zhipu AI", "friendli": "Friendli",
    "clarifai": "Clarifai", "firmware": "Firmware", "opencode": "OpenCode", "helicone": "Helicone", "modelscope": "ModelScope",
    "cloudflare-workers-ai": "Cloudflare Workers AI", "cloudflare-ai-gateway": "Cloudflare AI Gateway", "ollama-cloud": "Ollama Cloud",
    "novita-ai": "Novita AI", "scaleway": "Scaleway", "vultr": "Vultr", "abacus": "Abacus",
  ]

  /// `xai` as `xAI`; a name that is not known as it is.
  static func company(_ text: [UInt8]) -> [UInt8] { companies[lowerCase(text)].map { Array($0.utf8) } ?? text }

  /// Words that begin with a capital and go on in small letters lose it, save those behind which a letter or number stands (`Series A`).
  static func lowered(_ text: [UInt8]) -> [UInt8] {
    let words = text.split(separator: 0x20, omittingEmptySubsequences: false)
    var result: [UInt8] = []
    for (index, word) in words.enumerated() {
      if index > 0 { result.append(0x20) }
      let isNumbered = word.elementsEqual("Series".utf8) && index + 1 < words.count
      var isFirst = true
      for (place, byte) in word.enumerated() {
        let next = word.startIndex + place + 1 < word.endIndex ? word[word.startIndex + place + 1] : 0
        let isCapital = (0x41...0x5a).contains(byte)
        let lowers = !isNumbered && isCapital && isFirst && (0x61...0x7a).contains(next) && !hasInnerCapital(word, behind: place)
        result.append(lowers ? byte | 0x20 : byte)
        isFirst = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "(") || byte == UInt8(ascii: "/")
      }
    }
    return result
  }

  /// `DeFi`, `MetaMask`: names, not words.
  private static func hasInnerCapital(_ word: ArraySlice<UInt8>, behind place: Int) -> Bool {
    for byte in word.dropFirst(place + 1) {
      if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/") { return false }
      if (0x41...0x5a).contains(byte) { return true }
    }
    return false
  }

  private static func lowerCase(_ text: [UInt8]) -> String {
    String(decoding: text.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }
}
