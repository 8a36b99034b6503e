import Model
import Testing

@testable import TextFeatures

@Suite struct NameTests {
  static let index: NameIndex = {
    var index = NameIndex()
    index.insert(name: "OpenAI", type: .organization, identifier: "openai")
    index.insert(name: "Google", type: .organization, identifier: "google")
    index.insert(name: "Google DeepMind", type: .organization, identifier: "google-deepmind")
    index.insert(name: "Compound", type: .protocol, identifier: "compound", rule: .near(["defi", "aave"]))
    index.insert(name: "SEC", type: .organization, identifier: "sec", rule: .exact)
    index.insert(name: "GPT-4", type: .model, identifier: "gpt-4")
    index.insert(name: "1inch", type: .protocol, identifier: "1inch")
    return index
  }()

  @Test(arguments: [
    ("OpenAI's plan", ["organization:openai"]), ("openai api", []),
    ("Google DeepMind and Google", ["organization:google-deepmind", "organization:google"]),
    ("google deepmind", ["organization:google-deepmind"]), ("Compound and Aave", ["protocol:compound"]), ("Compound interest pays", []),
    ("Compound-word models of defi", []), ("compound on aave", []), ("SEC sues", ["organization:sec"]), ("in 5 sec or Sec", []),
    ("GPT-4 gpt4 GPT 4", ["model:gpt-4"]), ("GPT-4.5", []), ("GPT-40", []), ("1inch Network", ["protocol:1inch"]),
    ("1 inch", ["protocol:1inch"]),
    ("https://openai.com/OpenAI", ["url:https://openai.com/OpenAI"]),
  ])
  func namesAreFoundByTheirRule(text: String, expected: [String]) {
    #expect(entities(text, names: Self.index) == expected)
  }

  @Test(arguments: [
    ("the", NameIndex.Insertion.refused), ("Base", .refused), ("x", .refused), ("", .refused), ("2024", .refused), ("OpenAI", .known),
    ("OPENAI", .known), ("Base Chain", .added), (String(repeating: "long ", count: 60), .refused),
  ])
  func insertionRefusesWhatIsTooCommon(name: String, expected: NameIndex.Insertion) {
    var index = Self.index
    #expect(index.insert(name: name, type: .organization, identifier: "x") == expected)
  }

  @Test func aFullIndexSaysSo() {
    var index = NameIndex(capacity: 1)
    #expect(index.insert(name: "Anthropic", type: .organization, identifier: "anthropic") == .added)
    #expect(index.insert(name: "Mistral", type: .organization, identifier: "mistral") == .full)
    #expect(index.count == 1)
  }

  @Test(arguments: [
    ("openai/gpt-5.3-codex", "gpt-5.3-codex"), ("anthropic.claude-opus-4-5-20251101-v1:0", "claude-opus-4.5"),
    ("Claude Opus 4.5", "claude-opus-4.5"),
    ("us.anthropic.claude-opus-4-5-20251101-v1:0", "claude-opus-4.5"), ("meta-llama/llama-4-scout:free", "llama-4-scout"),
    ("gpt-4o-2024-08-06", "gpt-4o"),
    ("mistral-medium-latest", "mistral-medium"), ("Qwen/Qwen3.6-Plus", "qwen3.6-plus"), ("Llama 4 Scout (free)", "llama-4-scout"),
    ("google/gemini-2.5-pro-preview", "gemini-2.5-pro-preview"),
  ])
  func catalogueNamesHaveOneCanonicalForm(name: String, expected: String) {
    var index = ModelNameIndex()
    #expect(index.canonicalIdentifier(of: Array(name.utf8)).map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test(arguments: ["default", "auto", "vendor/command-light", "openai", "2024-01-01", ""])
  func commonNamesAreNoModels(name: String) {
    var index = ModelNameIndex()
    #expect(index.insert(name) == .refused)
  }

  @Test func learnedModelsAreFoundInEverySpelling() {
    var models = ModelNameIndex()
    models.insert("anthropic.claude-opus-4-5-20251101-v1:0")
    models.insert("qwen/Qwen3-235B-A22B")
    for text in ["Claude Opus 4.5 is out", "claude-opus-4-5", "using CLAUDE OPUS 4.5!", "claude_opus_4.5"] {
      #expect(entities(text, models: models) == ["model:claude-opus-4.5"], "\(text)")
    }
    #expect(entities("Qwen3 235B A22B", models: models) == ["model:qwen3-235b-a22b"])
    #expect(entities("Claude Opus 4.55", models: models).isEmpty)
  }

  @Test func anIndexSurvivesItsEncoding() throws {
    var bytes: [UInt8] = [9]
    Self.index.encode(appendingTo: &bytes)
    var position = 1
    let copy = try NameIndex(decoding: bytes, at: &position)
    #expect(position == bytes.count)
    var again: [UInt8] = [9]
    copy.encode(appendingTo: &again)
    #expect(again == bytes)
    #expect(entities("Compound and Aave, SEC", names: copy) == ["protocol:compound", "organization:sec"])
  }

  @Test func everyCutOfAnEncodingIsRefused() throws {
    var bytes: [UInt8] = []
    Self.index.encode(appendingTo: &bytes)
    for length in 0..<bytes.count {
      var position = 0
      #expect(throws: ProwziError.self) { try NameIndex(decoding: Array(bytes[..<length]), at: &position) }
    }
  }
}
