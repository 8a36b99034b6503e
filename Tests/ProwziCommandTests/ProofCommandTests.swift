import Foundation
import Testing

/// Keys, proofs and checkpoints with the program alone.
@Suite struct ProofCommandTests {
  private func site() throws -> EndToEndTests.Site {
    let site = try EndToEndTests.Site()
    try site.foldHeadlines()
    return site
  }

  private func event(_ site: EndToEndTests.Site) throws -> String {
    let brief = try site.firstBrief()
    return try #require((brief["event_ids"] as? [String])?.first)
  }

  @Test func anEventIsProvedByAFileThatNeedsNoDirectory() throws {
    let site = try site()
    let made = try site.good("proof \(try event(site)) --out event.proof")
    #expect(made.output.hasPrefix("Wrote event.proof: 7 records, "))
    let keys = try site.good("keys list").output
    try site.write("public.keys", keys)
    #expect(try site.bash("mv data elsewhere") == 0)
    let verified = try site.good("proof verify event.proof --public-key public.keys")
    #expect(verified.output.hasPrefix("The proof holds. A key you trust has signed it.\n"))
    #expect(verified.output.contains("prowzi.briefs/"))
    let own = try #require(try site.good("proof verify event.proof --format json").objects.first)
    #expect(own["holds"] as? Bool == true && own["key_trusted"] as? Bool == false)

    #expect(try site.bash("head -c 4000 event.proof > half.proof; sed 's/\"offset\":0,/\"offset\":1,/' event.proof > changed.proof") == 0)
    let half = try site.prowzi("proof verify half.proof")
    #expect(half.code == 1 && half.error.contains("cut off at byte 4000"))
    let changed = try site.prowzi("proof verify changed.proof")
    #expect(changed.code == 1 && changed.error.contains("is not in the tree that was signed"))
    let nonsense = try site.prowzi("proof verify event.proof --public-key nonsense+key")
    #expect(nonsense.code == 3 && nonsense.error.contains("name+hash+base64"))
    #expect(try site.prowzi("proof verify nothing.proof").code == 4)
  }

  @Test func checkpointsAreListedSignedAndProvedToContinueOneAnother() throws {
    let site = try site()
    let topic = "prowzi.raw"
    try site.write("more.jsonl", EndToEndTests.headline(20, "Another lab opens in Bergen"))
    _ = try site.good("ingest --source ai_headlines --time-field first_seen_at more.jsonl")
    let listed = try site.good("proof list \(topic) --all --format json").objects
    #expect(listed.count >= 3)
    #expect(try site.good("proof sign").output == "Nothing has grown since it was signed.\n")
    let partition = try #require(listed.first { ($0["size"] as? Int ?? 0) > 1 }?["origin"] as? String).suffix(1)
    _ = try site.good("proof consistency --topic \(topic) --partition \(partition) --out raw.proof")
    let proved = try #require(try site.good("proof verify raw.proof --format json").objects.first?["proved"] as? [String])
    #expect(proved.count == 1 && proved[0].contains("are the same, in the same order"))
    let unsigned = try site.prowzi("proof consistency --topic \(topic) --partition \(partition) --from 999")
    #expect(unsigned.code == 4 && unsigned.error.contains("It was at 1"))

    let before = try site.good("keys show").output
    let after = try site.good("keys rotate").output
    #expect(try site.good("keys list").output == before + after && before != after)
    try site.write("third.jsonl", EndToEndTests.headline(21, "A third lab opens in Oslo"))
    _ = try site.good("ingest --source ai_headlines --time-field first_seen_at third.jsonl")
    #expect(try site.good("log verify").output.contains("signed checkpoints"))
  }

  @Test func aLogIsNamedAndSignedWithAKeyKeptElsewhere() throws {
    let site = try EndToEndTests.Site()
    // RFC 8410's example, as `openssl genpkey -algorithm ed25519` writes keys.
    try site.write(
      "key.pem",
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n")
    let made = try site.good("init --data other --name example.com/log --key key.pem")
    #expect(made.output.contains("\nSigned as example.com/log+"))
    #expect(try site.bash("test ! -e other/keys/signing.pem") == 0)
    #expect(try site.prowzi("proof sign --data other").code == 3)
    #expect(try site.good("proof sign --data other --key key.pem").output == "Nothing has grown since it was signed.\n")
    let bad = try site.prowzi("init --data third --name", ["a b"])
    #expect(bad.code == 2 && bad.error.contains("cannot be named"))
    let none = try site.prowzi("init --data third --key public.pem")
    #expect(none.code == 4)
  }

  @Test func whatIsNotThereIsSaid() throws {
    let site = try site()
    let unknown = try site.prowzi("proof 0198d0a2-7c00-8abc-9def-0123456789ab")
    #expect(unknown.code == 4 && unknown.error.contains("no event has the id"))
    #expect(try site.prowzi("proof nonsense").code == 2)
    #expect(try site.bash("rm -r data/signatures") == 0)
    let unsigned = try site.prowzi("proof \(try event(site))")
    #expect(unsigned.code == 4 && unsigned.error.contains("prowzi proof sign"))
    _ = try site.good("proof sign")
    #expect(try site.good("proof \(try event(site))").output.hasPrefix(#"{"checkpoints":["#))
  }
}
