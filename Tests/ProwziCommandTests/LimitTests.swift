import Foundation
import Model
import Testing

/// Documents that the command line names, at their largest size and one byte beyond.
@Suite struct LimitTests {
  @Test func aConfigurationHasItsLargestSize() throws {
    let site = try EndToEndTests.Site()
    try site.foldHeadlines()
    let patch = #"{"score":{"weights":{"freshness":0.2,"novelty":0.3}}}"#
    func document(_ size: Int) -> String { patch + String(repeating: " ", count: size - patch.utf8.count) }
    try site.write("large.json", document(Limits.configurationBytes))
    #expect(try site.good("config check large.json").output.hasPrefix("Valid. "))
    try site.write("larger.json", document(Limits.configurationBytes + 1))
    let refused = try site.prowzi("config check larger.json")
    #expect(refused.code == 3 && refused.error.contains("larger than \(Limits.configurationBytes) bytes"))
  }
}
