extension Vocabulary {
  /// Titles and abstracts. Nothing here needs an escape in JSON or XML: abstracts are written without looking at their bytes again.
  static let paperLists: [(name: String, entries: [String])] = [
    words(
      "method_head",
      "Adaptive Sparse Hierarchical Latent Causal Neural Contrastive Modular Recursive Federated Probabilistic Geometric Symbolic Dynamic Robust Scalable Multimodal Temporal Variational Discrete Equivariant Decoupled Progressive Self-Supervised Retrieval-Augmented Uncertainty-Aware Token-Level Training-Free"
    ),
    words(
      "method_core",
      "Attention Diffusion Routing Distillation Planning Alignment Pruning Memory Tokenization Prompting Reasoning Search Quantization Embedding Decoding Verification Exploration Calibration Fusion Compression Steering Rewards Graphs Experts Kernels Fields Flows Operators Policies Transformers"
    ),
    lines("method_name", "{coined}\n{coined}Net\n{coined}-{#1-9}\n{coined}Bench\n{coined}LM\n{creature}\n{coined}RL\n{coined}-VL"),
    lines(
      "task",
      """
      long-context question answering\nmultimodal reasoning\ncode generation\nmedical image segmentation\nmolecular property prediction\nmachine translation\nspeech recognition\nautonomous driving\nrobotic manipulation\nvideo understanding
      time-series forecasting\nfederated learning\nrecommendation\nknowledge graph completion\ntext-to-image generation\nmathematical problem solving\ntool use\nretrieval-augmented generation\nsentiment analysis\nanomaly detection
      3D scene reconstruction\npose estimation\ndialogue systems\nautomated theorem proving\nsafety evaluation\nmodel merging\ncontinual learning\ndocument parsing\nprotein design\nweather prediction\ntraffic simulation\nprogram repair
      information extraction\nvisual grounding\nhate speech detection\nlow-resource languages\nlegal reasoning\nscientific discovery\nmulti-agent coordination\nreward modelling
      """),
    words("improves", "improves accelerates simplifies stabilizes explains rethinks scales bounds enables unlocks"),
    lines(
      "domain",
      "large language models\nvision-language models\ndiffusion models\ngraph neural networks\nreinforcement learning agents\nsmall models\nstate-space models\nmixture-of-experts models\nfoundation models\nneural operators\nmultilingual encoders\nworld models\nembodied agents\nspeech models\nrecurrent networks\nBayesian networks\nautonomous agents\ncode models\nclinical models\non-device models"
    ),
    lines(
      "paper_title",
      """
      {method_name}: {method_head} {method_core} for {task}
      {method_head} {method_core} for {task}
      {method_head} {method_core} {improves} {task} in {domain}
      Towards {method_head} {method_core}: A Study of {task}
      {method_name}: Benchmarking {domain} on {task}
      Do {domain} Understand {task}? Evidence from {method_head} {method_core}
      A Survey of {method_head} {method_core} in {domain}
      When {method_core} Meets {method_core}: {method_head} Methods for {task}
      Rethinking {method_core} for {task} with {domain}
      {method_name}: Efficient {task} through {method_head} {method_core}
      On the {property} of {method_core} in {domain}
      """),
    words("property", "limits stability expressivity robustness geometry efficiency faithfulness generalization fairness calibration"),
    words(
      "quality_noun",
      "accuracy robustness latency coherence coverage fidelity faithfulness diversity stability recall precision consistency interpretability sample-efficiency throughput"
    ),
    words("adverb", "consistently substantially significantly reliably markedly notably surprisingly only rarely effectively"),
    lines(
      "abstract_open",
      """
      {domain} have shown remarkable progress in {task}, yet their {quality_noun} remains limited.
      Recent advances in {method_core} have reshaped {task}, but the {property} of such systems is poorly understood.
      {task} is a central challenge for {domain}, particularly where {quality_noun} and {quality_noun} conflict.
      Despite the success of {domain}, {task} still suffers from poor {quality_noun} under distribution shift.
      Deploying {domain} for {task} demands both {quality_noun} and {quality_noun} at low cost.
      Existing approaches to {task} rely on {method_head} {method_core}, which scales badly with input length.
      The {property} of {domain} has become a pressing question as they enter {task}.
      """),
    lines(
      "abstract_gap",
      """
      Most prior work treats {method_core} as a fixed component and overlooks its effect on {quality_noun}.
      However, current benchmarks measure {quality_noun} alone and ignore {quality_noun}, so failures in {task} go unnoticed.
      A key obstacle is that supervision for {task} is scarce, noisy and expensive to collect.
      We observe that errors concentrate in early layers, where {method_head} signals are {adverb} discarded.
      Such pipelines require {#2-40} times more computation than is practical, which limits {task} in real settings.
      To date, no study has examined how {method_core} and {method_core} interact in {domain}.
      """),
    lines(
      "abstract_idea",
      """
      In this work, we introduce a {method_head} framework that couples {method_core} with {method_core} to improve {quality_noun}.
      We propose a training-free method that steers {domain} towards higher {quality_noun} without changing their weights.
      Our approach consists of two stages: (1) {method_head} {method_core}, which selects informative inputs, and (2) a {method_core} module that refines them for {task}.
      We formulate {task} as a {method_head} optimization problem and derive a bound on its {quality_noun}.
      This paper presents a benchmark of {#2-90},{#100-999} annotated examples covering {#3-40} settings of {task}.
      We revisit {method_core} from the viewpoint of {method_core} and show that the two are equivalent under mild assumptions.
      """),
    lines(
      "abstract_detail",
      """
      The {method_core} component is trained with a contrastive objective, while {method_core} is kept frozen to preserve {quality_noun}.
      By sharing parameters between {method_core} and {method_core}, the model avoids redundant computation at test time.
      A lightweight controller decides when {method_core} is needed, which {adverb} reduces token usage.
      We further design a curriculum that moves from simple to compositional instances of {task}.
      Theoretical analysis shows that the estimator is unbiased and that its variance decays with the number of samples.
      Ablation studies reveal that {method_head} {method_core} contributes most of the gain, in particular for {task}.
      In addition, we release a toolkit that lets practitioners inspect the {property} of {domain}.
      """),
    lines(
      "abstract_result",
      """
      Across {#3-24} benchmarks, it {adverb} outperforms strong baselines, improving {quality_noun} by up to {#1-39}.{#1-9}%.
      Experiments on {task} and {task} show gains of {#1-19}.{#1-9} points while reducing cost by {#10-80}%.
      On {task}, a {#1-70}B model trained this way matches systems {#2-20} times its size.
      Human evaluation with {#12-480} participants confirms that {quality_noun} improves without loss of {quality_noun}.
      We find that {domain} {adverb} fail on {#10-90}% of cases that people solve with ease.
      Results hold across {#2-14} languages and {#2-9} model families, and transfer to {task} without tuning.
      """),
    lines(
      "abstract_close",
      """
      These findings suggest that {method_core} deserves more attention in the design of {domain}.
      Our results provide a practical path towards reliable {task}.
      We discuss limitations, including the {property} of the approach, and outline directions for future work.
      Code and data will be made publicly available.
      We hope this resource supports further research on {task}.
      """),
    lines(
      "paper_comment",
      "{#6-48} pages, {#2-14} figures\nAccepted to CVPR 2026\nPreprint\nAccepted by ICLR 2026\n{#8-30} pages, {#1-9} figures, {#1-9} tables\nUnder review\nAccepted to ACL 2026 Findings\nhttps://github.com/{repo}\nProject page: https://{coined/s}.github.io\nWorkshop paper, {#4-9} pages\nCode: https://github.com/{repo}"
    ),
    words("category", "cs.CV cs.CL cs.LG cs.AI cs.RO cs.IR cs.HC cs.SE stat.ML cs.MA eess.IV cs.CR cs.SD q-bio.QM"),
  ]
}
