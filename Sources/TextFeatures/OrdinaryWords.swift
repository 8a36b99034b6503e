/// Words of the ordinary language that are no name by themselves, however they are written: a headline capitalises everything.
enum OrdinaryWords {
  static let set = WordSet(
    """
    a about above access account accurate across act action active ada add address advance after again agent agents agile air alert align alive
    all alpha also always amber audio ample an analysis anchor and angle another answer any api apollo app apple are area arena ark arm array art as
    ask aspect asset at atlas atom aura aurora auto autumn available away axis axiom back bad balance bank base basic batch be beacon beam bean
    beat because bee before below best beta better between big bill binary bird bit black blast blend block blocks bloom blue board body bold
    bond bonus book boost boss both bottom bounce bound box branch brave break breaking bridge brief bright brilliant bring broad broken
    browser brush bubble bucket build builder built bull bundle burn business but butter button buy by byte cache call camel camp can canvas
    canto cap car card care case cash cast cat catch cause cell center central chain challenge champion chance change channel chaos charge charm
    chart chat check chip choice circle city claim clean clear click climb clock close cloud club coach coast code cohere coin cold
    collective color combine come command common community compact company compass complete compound compute computer concept concrete connect
    console contact content context contract control cool copy core corner cosmos cost could count courier cover craft create credit crew
    cross crowd crown crypto crystal cube current cursor curve custom cut cyber cycle daily danger dark dash data date dawn day days dead deal
    dear december deep default delta demo depth desert design desk detail develop device dial diamond did digital direct discord discover do
    dock doctor does dog dollar domain door dot double down dragon draw dream drift drive drop dune dust dynamic each eagle early earn earth
    east easy echo eclipse eden edge effect eight element elements elite ember empire empty enable end energy engine enjoy enough enter entry
    epic equal equity era error essential eternal even event ever every evolve exact exchange expert explore express extra eye fable face fact
    factor fair fall falcon family far farm fast father fear feature february feed feel fiber field fight figure file film filter final
    finance find fine fire firm first fish fit five flag flame flash flat fleet flex flight float flow fluid fly focus fold follow food for
    force forest forge fork form forward found foundation four fox fractal frame free freedom fresh friend from front frontier full fun
    function fund fusion future gain galaxy game gap gas gate gather gear gem gemini general generic genesis gentle get giant gift give glass
    global go gold golden good grace grade grain grand graph gravity great green grid ground group grow growth guard guide gun had half halo hand
    happy hard harmony harvest has hash have hawk he head health heart heat heavy help her here hero hide high hill his history hit hive hold
    home honey hop hope horizon horse hot hour house how hub huge human hundred hybrid hyper i icon idea ideal if ignite image immediate impact in
    index infinite infinity info inside instant insight intel intelligence interest internet into invest iron is island it its january jet job
    join journey joy july jump june jupiter just keep kernel key kind king kite know lab labs land large last late latest launch law layer lead
    leaf league lean learn leave led legacy legend lens less let level life lift light like lime limit line link lion liquid list lite
    little live load local lock log logic long look loop lot love low lucky lumen luna lunar machine magic magnet main make maker man manta many map
    march mark market marble mars mass master match matter matrix max may maze me mean medium member memory merge mesh meta meteor method
    metric micro middle might mind mine mini mint mirror mission mix mobile mode model modern module moment money monkey month moon more morpho
    most mother motion mountain move movie much music must my name nano narrow native nature near nebula need nest net network neural never
    new news next nice night nine no node noise none normal north nova not note nothing notice notion november now null number oasis object
    ocean october of off offer office official old olympus omega omni on once one only onyx open opera optimal optimism option or orange orb
    orbit orca order ordinal origin original other our out over own owner pace pack page pair palm panel paper parallel parent park part
    partner party pass past path pay peace peak pearl people pepper perfect permit person phantom phase phoenix phone photo pi piece pilot pin
    pine pixel place plan planet plasma platform play player plaza please plot plus point polar policy pool pop popular portal position positive
    possible post power practical precise preview price prime print prism private pro probe problem product profit program project promise proof
    protect protocol proton proud public pulse pump pure purple push puzzle quality quantum quest question quick quiet quote race radar radiant radio
    rain raise range rapid rare rate raven ray reach read ready real really reason rebel record red reef reflect relay remote render replicate
    report request research reserve resolve result return review rich ride right ring rise rising river road robot rock rocket role root rose
    round route royal ruby rule run runway rush safe saga said sail same sand save say scale scan scene school science scope score scout
    scroll sea search season second secret secure security see seed select self sell send senior sense sentinel series serum serve service
    session set seven shadow shape share sharp she shell shield shift ship shop short should show side sierra sign signal silk silver simple
    since single site six size skill sky slack sleep slice slow small smart snap snow so social soft solar sold solid solution some soon sonar
    sonic soul sound source south space spark special speed spell spider spin spiral splash spot spring sprint square stable stack stacks
    staff stage stake stand star start state station status stay steady steam steel step still stock stone stop storage store storm story
    straight stream street strength strike stripe strong studio study style sudo sui summer summit sun super supply support sure surf surface
    surge swap sweet swift switch sync synergy synthetic system table tag take talk tap target task taste team tech tell temple ten tensor term
    test text than that the their them then theory there these they thing think third this those thread three threshold thunder ticket tide
    tiger tight time titan to toast today together token tomorrow ton tone too tool top torch total touch tower town trace track trade
    traffic trail train transfer transform trap travel tree trend trial tribe trip true trust truth try turbo turn twin twist two ultra
    uma under union unit united unity universal universe up update upgrade urban us use used user vault vector velocity velo venture venus
    version very vessel via victory video view village vine vision vista vital voice speech video void volt volume vortex voyage vote walk wall wallet want
    war warm warp was watch water wave way we wealth weather web week weight welcome well were west what when where which while white who
    whole why wide wild will win wind window windows wing winter wire wise wish with within without wolf wonder wood word work world worth
    would write wrong x yard year yellow yes yesterday yet yield you young your zen zero zone zoom
    """)
}
