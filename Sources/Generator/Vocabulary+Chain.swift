extension Vocabulary {
  /// Exploits, funding rounds and tokens.
  static let chainLists: [(name: String, entries: [String])] = [
    lines(
      "technique",
      "reentrancy attack\nprice manipulation\naccess control flaw\nflash loan attack\nbusiness logic flaw\nprivate key compromise\noracle manipulation\nprecision loss\nsignature replay\nbridge exploit\nrug pull\ngovernance attack\nunchecked input\ndonation attack\nreward miscalculation\nstorage collision\nfrontend attack\nslippage abuse"
    ),
    lines(
      "technique_title",
      "Reentrancy\nPrice Manipulation\nAccess Control\nFlashloan Attack\nBusiness Logic Flaw\nPrivate Key Compromised\nOracle Manipulation\nPrecision Loss\nSignature Replay\nBridge Exploit\nRug Pull\nGovernance Attack\nInsufficient Validation\nDonation Attack\nIncorrect Reward Calculation\nStorage Collision\nFrontend Attack\nLack of Slippage Protection"
    ),
    lines(
      "post_site",
      "https://twitter.com/BlockSecTeam/status/\nhttps://twitter.com/peckshield/status/\nhttps://twitter.com/CertiKAlert/status/\nhttps://x.com/TenArmorAlert/status/\nhttps://x.com/Phalcon_xyz/status/"
    ),
    lines("round", "Seed\nSeries A\nICO\nStrategic\nPre-Seed\nSeries B\nAngel Round\nPrivate Sale\nSeries C\nGrant"),
    lines("raise_category", "Infrastructure\nDeFi\nCeFi\nGaming\nNFT\nPayments\nWallet\nDAO Tools\nAnalytics\nLayer 1\nSecurity\nSocial"),
    lines(
      "raise_description",
      """
      {protocol.1} is a {adjective} platform for {market_thing} on {chain}.
      {protocol.1} builds {market_thing} for {role}s in {place_name}.
      A decentralized network for {market_thing} and {market_thing}.
      {protocol.1} is the {adjective} way to trade {market_thing}.
      Blockchain-based {market_thing} for {role}s.
      {adjective} {market_thing} with on-chain settlement on {chain}.
      """),
    lines(
      "market_thing",
      "lending\nderivatives\nyield vaults\nstablecoins\ncustody\ncross-chain swaps\nprediction markets\nnode hosting\ncompliance tools\ntax reports\ngame items\ntokenized bonds\ninsurance\npayroll\nidentity\ndata feeds\nrollups\nstorage\nremittances\ncollectibles"
    ),
    words(
      "animal",
      "Shiba Doge Kitty Frog Wolf Panda Moon Baby Safe Elon Rocket Hamster Penguin Bonk Pepe Floki Tiger Koala Shark Bunny Cat Inu Gold Cyber Meta Pixel Turbo Giga Mega Lucky"
    ),
    lines(
      "token_name",
      "{animal.1} {animal.2}\n{animal.1} Inu\n{coined.1} Token\n{coined.1}\n{coined.1} Finance\nSafe{animal.1}\n{animal.1} Swap\n{coined.1} (Portal)\n{animal.1}{animal.2}\n{coined.1} DAO\nBaby {animal.1}"
    ),
    words("image_host", "https://arweave.example/ https://img.example.net/tokens/ https://raw.example.org/assets/mainnet/"),
  ]
}
