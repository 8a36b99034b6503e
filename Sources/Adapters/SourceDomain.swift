import Events

/// The domain that a source's name settles.
enum SourceDomain {
  private static let ai = ["ai_", "arxiv", "github", "git_"]
  private static let crypto = ["crypto_", "defi", "jup", "solrpds", "solana", "uniswap"]

  /// `nil`: the vocabulary decides.
  static func of(_ source: String) -> Domain? {
    if ai.contains(where: { source.utf8.starts(with: $0.utf8) }) { return .ai }
    return crypto.contains { source.utf8.starts(with: $0.utf8) } ? .crypto : nil
  }
}
