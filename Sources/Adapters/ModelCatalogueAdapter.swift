import Events
import JSON
import Model

/// Models added to or removed from a provider's catalogue.
enum ModelCatalogue {
  static let rows = JSONRowsAdapter { (source, node, raw) throws(Rejection) in
    var item = JSONItem(source, node, of: raw, kind: .modelRelease, domain: .ai)
    let model = try item.require("model")
    let provider = try item.require("provider")
    let action = try item.require("action")
    let time = try item.require("observed_at")
    try item.time(time)
    try item.title(at: item["name"] ?? model)

    let providerField = try item.text(provider)
    let actionField = try item.text(action)
    let modelField = try item.text(model)
    item.event.facts.append(Fact("action", actionField))
    item.event.facts.append(Fact("provider", providerField))
    item.event.facts.append(Fact("model_path", modelField))
    let timeField = try item.text(time)
    try item.setID([actionField, providerField, modelField, timeField])

    let name = try ModelNames.canonical(model, of: &item)
    item.event.entities.append(Entity(type: "model", id: name, isDeclared: true))
    item.event.entities.append(Entity(type: "provider", id: providerField, isDeclared: true))
    if let lab = ModelNames.lab(item.event.bytes, name.range) {
      let field = item.event.compose { $0.append(lab) }
      item.event.entities.append(Entity(type: "organization", id: field, isDeclared: false))
      item.event.facts.append(Fact("lab", field))
      if isOwnOffer(item.event.bytes, lab: field.range, provider: providerField.range) {
        item.event.metrics.append(Metric("from_lab", 1, from: nil))
      }
    }
    try item.metric("context_tokens", item["limit", "context"])
    try item.metric("output_tokens", item["limit", "output"])
    try item.metric("price_input_usd", item["cost", "input"])
    try item.metric("price_output_usd", item["cost", "output"])
    try item.fact("family", item["family"])
    try item.fact("open_weights", item["open_weights"])
    try item.fact("reasoning", item["reasoning"])
    try item.fact("release_date", item["release_date"])
    if let date = item.event.fact("release_date"), isRecent(item.event.bytes, date.value.range, item.event.occurredAt) {
      item.event.metrics.append(Metric("is_new", 1, from: nil))
    }
    return item.finish()
  }

  /// Whether a lab offers its own model. Everything else is a further offer of something that others have too.
  private static func isOwnOffer(_ bytes: [UInt8], lab: Range<Int>, provider: Range<Int>) -> Bool {
    let names: [(lab: StaticString, provider: StaticString)] = [
      ("alibaba", "alibaba-cn"), ("zhipu", "zai"), ("zhipu", "zhipuai"), ("moonshot", "moonshotai"), ("moonshot", "moonshotai-cn"),
      ("minimax", "minimax-cn"), ("amazon", "amazon-bedrock"), ("microsoft", "azure"), ("google", "google-vertex"),
    ]
    if bytes[lab].elementsEqual(bytes[provider]) { return true }
    return names.contains { bytes.matches($0.lab, in: lab) && bytes.matches($0.provider, in: provider) }
  }

  /// Whether a model's release date (`2026-02-17`, `2026-02`) lies at most 45 days before it was listed; a date to come counts as recent.
  private static func isRecent(_ bytes: [UInt8], _ date: Range<Int>, _ listedAt: Timestamp) -> Bool {
    var text = Array(bytes[date])
    guard text.count == 10 || text.count == 7 else { return false }
    // A month alone: its last days count.
    if text.count == 7 { text += Array("-28".utf8) }
    guard case .moment(let released, _) = TimeReading.text(text, in: 0..<text.count) else { return false }
    return listedAt.milliseconds - released.milliseconds <= 45 * 86_400_000
  }
}

/// What providers call models, brought to one name: `openai/GPT-OSS-120B:free` and `openai.gpt-oss-120b-1:0` are `gpt-oss-120b`.
enum ModelNames {
  /// Vendors that are written before a model's name with a dot or a hyphen.
  private static let vendors: [StaticString] = [
    "openai", "anthropic", "google", "meta-llama", "meta", "mistralai", "mistral", "amazon", "cohere", "qwen", "deepseek-ai", "deepseek",
    "moonshotai", "moonshot", "minimaxai", "minimax", "zai-org", "z-ai", "zai", "nvidia", "ai21", "writer", "twelvelabs", "stability",
    "microsoft", "xai", "x-ai", "us", "eu", "global", "apac", "jp", "au",
  ]

  /// Beginnings of names and the lab that uses them.
  private static let labs: [(beginning: StaticString, lab: StaticString)] = [
    ("gpt", "openai"), ("chatgpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"), ("codex", "openai"),
    ("dall-e", "openai"),
    ("sora", "openai"), ("whisper", "openai"), ("text-embedding-3", "openai"), ("claude", "anthropic"), ("gemini", "google"),
    ("gemma", "google"), ("imagen", "google"), ("veo", "google"), ("llama", "meta"), ("mistral", "mistral"), ("ministral", "mistral"),
    ("mixtral", "mistral"), ("codestral", "mistral"), ("devstral", "mistral"), ("magistral", "mistral"), ("pixtral", "mistral"),
    ("voxtral", "mistral"), ("qwen", "alibaba"), ("qwq", "alibaba"), ("qvq", "alibaba"), ("deepseek", "deepseek"), ("kimi", "moonshot"),
    ("moonlight", "moonshot"), ("glm", "zhipu"), ("minimax", "minimax"), ("grok", "xai"), ("phi", "microsoft"), ("command", "cohere"),
    ("c4ai", "cohere"), ("nova", "amazon"), ("titan", "amazon"), ("nemotron", "nvidia"), ("granite", "ibm"), ("sonar", "perplexity"),
    ("jamba", "ai21"), ("ernie", "baidu"), ("hunyuan", "tencent"), ("doubao", "bytedance"), ("seed", "bytedance"), ("step", "stepfun"),
    ("mimo", "xiaomi"), ("mercury", "inception"), ("lfm", "liquid"), ("hermes", "nousresearch"), ("olmo", "allenai"), ("palmyra", "writer"),
  ]

  /// Appends the canonical name of a model and answers where it lies, with the part of the source that spells it.
  static func canonical(_ node: Int, of item: inout JSONItem) throws(Rejection) -> Field {
    let document = item.source.document
    guard document.kind(node) == .string else { throw .badType("the model is not a text", at: item.source.offset(node)) }
    let isEscaped = document.nodes[node].isMarked
    let start = item.event.bytes.count
    document.appendString(node, to: &item.event.bytes)
    item.event.bytes.lowercaseASCII(from: start)
    let whole = start..<item.event.bytes.count
    let part = core(item.event.bytes, whole)
    // The name ends the event's bytes: move it to the beginning of its own text.
    let name = item.event.bytes[part].map { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "@") ? UInt8(ascii: "-") : $0 }
    item.event.bytes.removeLast(whole.count)
    item.event.bytes.append(contentsOf: name)
    let field = start..<item.event.bytes.count
    if isEscaped { return Field(field, from: item.source.span(node)) }
    let raw = document.range(node).lowerBound + part.lowerBound - start
    let range = item.source.rawRange(raw..<raw + part.count)
    return Field(field, from: SourceSpan(range, item.source.span(node).encoding))
  }

  /// The part of a lower-case model path that is the model's name: behind the last slash and the vendor, before `:free` and `-1:0`.
  static func core(_ bytes: [UInt8], _ whole: Range<Int>) -> Range<Int> {
    var start = whole.lowerBound
    var end = whole.upperBound
    for i in whole where bytes[i] == UInt8(ascii: "/") && i + 1 < end { start = i + 1 }
    var stripped = true
    while stripped {
      stripped = false
      for vendor in vendors {
        let count = vendor.utf8CodeUnitCount
        guard end - start > count + 1, bytes.matches(vendor, in: start..<start + count) else { continue }
        let separator = bytes[start + count]
        let isKnownBehind = labOf(bytes, start + count + 1..<end) != nil
        // `deepseek.r1` needs its vendor to be understood, `openai.gpt-oss` does not.
        let isDot = separator == UInt8(ascii: ".") && (isKnownBehind || labOf(bytes, start..<start + count) == nil)
        if isDot || (separator == UInt8(ascii: "-") && isKnownBehind) {
          start += count + 1
          stripped = true
          break
        }
      }
    }
    for i in start..<end where (bytes[i] == UInt8(ascii: ":") || bytes[i] == UInt8(ascii: "@")) && i > start {
      if !isPartOfName(bytes, i..<end) { end = i }
      break
    }
    // Bedrock's `-v1:0` and `-1:0` leave a version behind once the colon is gone.
    if end < whole.upperBound, bytes[end] == UInt8(ascii: ":"), end + 1 < whole.upperBound, bytes[end + 1] &- 0x30 < 10 {
      if end - start > 3, bytes.matches("-v", in: end - 3..<end - 1), bytes[end - 1] &- 0x30 < 10 {
        end -= 3
      } else if end - start > 2, bytes[end - 2] == UInt8(ascii: "-"), bytes[end - 1] &- 0x30 < 10 {
        end -= 2
      }
    }
    return start < end ? start..<end : whole
  }

  /// Whether what begins with a colon or an at sign tells models apart: a size (`:120b`) or a date (`@20250929`), which others join with a hyphen.
  private static func isPartOfName(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    var i = range.lowerBound + 1
    while i < range.upperBound, bytes[i] &- 0x30 < 10 || bytes[i] == UInt8(ascii: ".") { i += 1 }
    let digits = i - range.lowerBound - 1
    if bytes[range.lowerBound] == UInt8(ascii: "@") { return digits == 8 && i == range.upperBound }
    return digits > 0 && i + 1 == range.upperBound && (bytes[i] == UInt8(ascii: "b") || bytes[i] == UInt8(ascii: "t"))
  }

  /// The lab whose model this canonical name is, where that is known.
  static func lab(_ bytes: [UInt8], _ name: Range<Int>) -> StaticString? { labOf(bytes, name) }

  private static func labOf(_ bytes: [UInt8], _ name: Range<Int>) -> StaticString? {
    for entry in labs {
      let count = entry.beginning.utf8CodeUnitCount
      guard name.count >= count, bytes.matches(entry.beginning, in: name.lowerBound..<name.lowerBound + count) else { continue }
      // A whole word: `o3-mini`, `qwen3`, but not `stepping`.
      if name.count == count { return entry.lab }
      let next = bytes[name.lowerBound + count]
      if next &- UInt8(ascii: "a") >= 26 { return entry.lab }
    }
    return nil
  }
}
