import Model
import Testing

@testable import TextFeatures

@Suite struct EntityTests {
  @Test(arguments: [
    ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
    ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
    (
      String(repeating: "a", count: 136), "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e"
    ),
  ])
  func keccakAgreesWithItsVectors(message: String, digest: String) {
    #expect(Keccak256.digest(of: Array(message.utf8)) == [UInt8](hexadecimal: digest))
  }

  static let hash = "0xe50ed602bd916fc304d53c4fed236698b71691a95774ff0aeeb74b699c6227f7"
  static let signature = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW"

  @Test(arguments: [
    ("sent to 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed.", ["evm_address:0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"]),
    ("0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359", ["evm_address:0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359"]),
    // One letter's case wrong: EIP-55 fails.
    ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", []),
    ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", []),
    ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", []),
    ("tx \(hash)", ["evm_transaction:\(hash)"]),
    ("mint EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v!", ["solana_address:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"]),
    ("sig \(signature)", ["solana_signature:\(signature)"]),
    ("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt10", []),
    ("d41d8cd98f11b2a4e9811998ecf8427e", []),
    ("https://etherscan.io/tx/\(hash)", ["url:https://etherscan.io/tx/\(hash)", "evm_transaction:\(hash)"]),
  ])
  func addressesAndHashesAreChecked(text: String, expected: [String]) {
    #expect(entities(text) == expected)
  }

  @Test func checksumIsFlagged() {
    var list = EntityList()
    for (text, expected) in [("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", true), ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", false)] {
      EntityExtractor.extract(from: tokens(text), names: NameIndex(), learned: NameIndex(), models: ModelNameIndex(), into: &list)
      #expect(list.mentions.map(\.hasChecksum) == [expected])
    }
  }

  @Test(arguments: [
    ("$AAVE and $ETH rise", ["ticker:AAVE", "ticker:ETH"]), ("buy $WIF!", ["ticker:WIF"]),
    ("$5M $100 $1INCH", []), ("US$ 3", []), ("$PATH and $HOME", []), ("for $K$ classes and $N$", []), ("$A_i$ or $X^2$", []), ("a$AP", []),
    ("$pepe", []), ("$$ETH", []), ("$TOOLONGTICKER", []),
  ])
  func cashtagsAreNeitherMoneyNorFormulas(text: String, expected: [String]) {
    #expect(entities(text) == expected)
  }

  @Test(arguments: [
    ("https://github.com/OpenAI/Whisper.git", ["url:https://github.com/OpenAI/Whisper.git", "repository:openai/whisper"]),
    ("code: github.com/a-b/c_d.e/tree/main", ["repository:a-b/c_d.e"]),
    ("the repo ggml-org/llama.cpp is", ["repository:ggml-org/llama.cpp"]),
    ("and/or", []), ("any GitHub PR/Issue", []), ("TCP/IP 24/7 1/2", []), ("repo at 10/12/2024", []),
    ("https://github.com/features/actions", ["url:https://github.com/features/actions"]),
    ("https://github.com/torvalds", ["url:https://github.com/torvalds"]), ("https://notgithub.org/a/b", ["url:https://notgithub.org/a/b"]),
  ])
  func repositoriesNeedASafePlace(text: String, expected: [String]) {
    #expect(entities(text) == expected)
  }

  @Test(arguments: [
    ("arXiv:2401.12345v2", ["arxiv:2401.12345"]), ("see 2401.12345.", ["arxiv:2401.12345"]), ("arXiv 0905.1234", ["arxiv:0905.1234"]),
    ("https://arxiv.org/abs/2508.00024v1", ["url:https://arxiv.org/abs/2508.00024v1", "arxiv:2508.00024"]),
    ("arxiv.org/pdf/2508.00024", ["arxiv:2508.00024"]), ("arXiv:hep-th/9901001v1", ["arxiv:hep-th/9901001"]),
    ("0905.1234", []), ("2413.12345", []), ("$2401.12345", []), ("2401.12345%", []), ("2401.12345 ETH", []), ("2401.123456", []),
    ("9912.12345", []),
  ])
  func paperIdsArePlausible(text: String, expected: [String]) {
    #expect(entities(text) == expected)
  }

  @Test(arguments: [
    ("doi:10.1145/3292500.3330701.", ["doi:10.1145/3292500.3330701"]), ("(10.1038/S41586-021-03819-2)", ["doi:10.1038/s41586-021-03819-2"]),
    ("cve-2025-54090: Apache", ["cve:CVE-2025-54090"]), ("CVE-2025-123", []), ("CVE-25-54090", []),
    ("GHSA-jfh8-c2jp-5v3q", ["ghsa:GHSA-jfh8-c2jp-5v3q"]), ("GHSA-aaaa-bbbb-cccc", []), ("10.5/3", []),
  ])
  func advisoriesAndDOIsKeepTheirForm(text: String, expected: [String]) {
    #expect(entities(text) == expected)
  }

  @Test func eachEntityIsNamedOnceAtItsFirstPlace() {
    var list = EntityList()
    EntityExtractor.extract(
      from: tokens("CVE-2025-54090 and cve-2025-54090"), names: NameIndex(), learned: NameIndex(), models: ModelNameIndex(), into: &list)
    #expect(list.mentions.map(\.range) == [0..<14])
  }

  @Test func aHostileTextKeepsTheFirstEntities() {
    let text = (0..<2000).map { "CVE-2025-\(10_000 + $0)" }.joined(separator: " ")
    let found = entities(text)
    #expect(found.count == EntityList.limit)
    #expect(found.first == "cve:CVE-2025-10000")
  }
}
