/// The word lists that renderers ask for by name, looked up once.
struct NamedLists: Sendable {
  let repo, author, category, paperTitle, paperComment: Grammar.List
  let opening, gap, idea, detail, result, closing: Grammar.List
  let aiNews, cryptoNews, techNews, modelNews, paperNews, repoNews, exploitNews, fundingNews, prefix, suffix: Grammar.List
  let outlet, coin, keyword, user, site: Grammar.List
  let lab, model, provider: Grammar.List
  let protocolName, chain, chainCode, technique, techniqueTitle, postSite: Grammar.List
  let round, raiseCategory, raiseDescription, fund, tokenName, imageHost: Grammar.List
  let commitSubject, releaseSubject: Grammar.List

  init(_ grammar: Grammar) {
    repo = grammar.list("repo")
    author = grammar.list("author")
    category = grammar.list("category")
    paperTitle = grammar.list("paper_title")
    paperComment = grammar.list("paper_comment")
    opening = grammar.list("abstract_open")
    gap = grammar.list("abstract_gap")
    idea = grammar.list("abstract_idea")
    detail = grammar.list("abstract_detail")
    result = grammar.list("abstract_result")
    closing = grammar.list("abstract_close")
    aiNews = grammar.list("ai_news")
    cryptoNews = grammar.list("crypto_news")
    techNews = grammar.list("tech_news")
    modelNews = grammar.list("model_headline")
    paperNews = grammar.list("paper_headline")
    repoNews = grammar.list("repo_headline")
    exploitNews = grammar.list("exploit_headline")
    fundingNews = grammar.list("funding_headline")
    prefix = grammar.list("prefix")
    suffix = grammar.list("suffix")
    outlet = grammar.list("outlet")
    coin = grammar.list("coin")
    keyword = grammar.list("keyword")
    user = grammar.list("user")
    site = grammar.list("site")
    lab = grammar.list("lab")
    model = grammar.list("model")
    provider = grammar.list("provider")
    protocolName = grammar.list("protocol")
    chain = grammar.list("chain")
    chainCode = grammar.list("chain_code")
    technique = grammar.list("technique")
    techniqueTitle = grammar.list("technique_title")
    postSite = grammar.list("post_site")
    round = grammar.list("round")
    raiseCategory = grammar.list("raise_category")
    raiseDescription = grammar.list("raise_description")
    fund = grammar.list("fund")
    tokenName = grammar.list("token_name")
    imageHost = grammar.list("image_host")
    commitSubject = grammar.list("commit_subject")
    releaseSubject = grammar.list("release_subject")
    // A fact is a place in a list: what two sources call differently must stand at the same place in both.
    precondition(chain.patterns.count == chainCode.patterns.count, "chains and their codes pair up")
    precondition(technique.patterns.count == techniqueTitle.patterns.count, "techniques and their titles pair up")
    precondition(coin.patterns.count == keyword.patterns.count, "coins and their keywords pair up")
  }
}
