import Model
import Testing

@testable import TextFeatures

@Suite struct TokenTests {
  @Test(arguments: [
    ("plain words", ["plain", "words"]),
    ("Ripple's and Ripple’s", ["ripple", "and", "ripple"]),
    ("don't stop", ["don't", "stop"]),
    ("multi-agent GPT-5.4", ["multi", "agent", "gpt", "5.4"]),
    ("$1,200 or 1,2,3", ["1,200", "or", "1", "2", "3"]),
    ("2401.12345v2.", ["2401.12345v2"]),
    ("U.S. and A.I. but J. Smith", ["u.s", "and", "a.i", "but", "j", "smith"]),
    ("node.js 'quoted'", ["node", "js", "quoted"]),
    ("ÉCOLE Ωmega ЖУК", ["école", "ωmega", "жук"]),
    ("比特币 AI", ["比", "特", "币", "ai"]),
    ("", []),
    ("—…“”", []),
    ("🚀moon", ["moon"]),
    ("rock'n'roll", ["rock'n'roll"]),
    ("the dogs' bones", ["the", "dogs", "bones"]),
  ])
  func wordsAreTakenApart(text: String, expected: [String]) {
    #expect(words(text) == expected)
  }

  @Test(arguments: [
    ("OpenAI", "openai"), ("U.S.", "us"), ("don’t", "don't"), ("Über", "über"), ("extraordinarily", "extraordinarily"),
    ("12345678", "12345678"),
  ])
  func fingerprintIsThatOfTheLowerCaseForm(text: String, form: String) {
    #expect(tokens(text)[0].fingerprint == Fingerprint.of(form))
  }

  @Test(arguments: [
    ("tokens", "token"), ("vulnerabilities", "vulnerability"), ("losses", "loss"), ("breaches", "breach"), ("exchanges", "exchange"),
  ])
  func pluralAndSingularAgree(plural: String, singular: String) {
    #expect(tokens(plural)[0].singular == tokens(singular)[0].singular)
    #expect(tokens(plural)[0].fingerprint != tokens(singular)[0].fingerprint)
  }

  @Test(arguments: ["this", "status", "class", "gas", "analysis"])
  func noPluralIsSeenWhereThereIsNone(word: String) {
    #expect(tokens(word)[0].singular == Fingerprint.of(word))
  }

  @Test func flagsTellHowAWordWasWritten() {
    let list = tokens("The SEC sued Ripple-Labs. v2 came, then 3x")
    #expect(list[0].flags == [.capitalised, .startsSentence, .startsClause])
    #expect(list[1].flags == [.capitalised, .allCapitals])
    #expect(list[3].flags == [.capitalised, .hyphenAfter])
    #expect(list[4].flags == [.capitalised, .hyphenBefore])
    #expect(list[5].flags == [.hasDigit, .startsSentence, .startsClause])
    #expect(list[7].flags == [.startsClause])
    #expect(list[8].flags == [.hasDigit, .startsWithDigit])
  }

  @Test(arguments: [
    ("see https://example.com/a?b=c.", "https://example.com/a?b=c", true),
    ("(https://en.wikipedia.org/wiki/A_(b))", "https://en.wikipedia.org/wiki/A_(b)", true),
    ("at github.com/ggml-org/llama.cpp, now", "github.com/ggml-org/llama.cpp", false),
    ("HTTP://X.COM/Y", "HTTP://X.COM/Y", true),
  ])
  func linksEndWhereTheSentenceGoesOn(text: String, link: String, explicit: Bool) {
    let list = tokens(text)
    #expect(list.links.map { String(decoding: list.text[$0.range], as: UTF8.self) } == [link])
    #expect(list.links.map(\.isExplicit) == [explicit])
  }

  @Test(arguments: ["http: //x", "https", "wwww.x", "github.community"])
  func whatLooksLikeALinkIsNone(text: String) {
    #expect(tokens(text).links.isEmpty)
  }
}
