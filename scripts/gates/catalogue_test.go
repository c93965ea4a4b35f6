package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A group is one numbered group of the catalogue of bad input, and what tries it: "store TestFull" is a test, "http1test H7"
// the raw inputs with that number, "usage.txtar" a script. Where nothing does, why says so: it is none of ours, or what is below us
// answers for it.
type group struct{ id, about, tests, why string }

var catalogue = []group{
	{"H1", "length and chunked", "http1test H1, cmd/devhook TestAppReadsWhatIsRecorded", ""},
	{"H2", "several codings", "http1test H2", ""},
	{"H3", "unknown codings", "http1test H3", ""},
	{"H4", "a blank before the colon", "http1test H4", ""},
	{"H5", "chunks in HTTP/1.0", "http1test H5", ""},
	{"H6", "equal lengths", "http1test H6", ""},
	{"H7", "different and odd lengths", "http1test H7, inspector TestAmbiguousHeads", ""},
	{"H8", "LF in chunk lines", "http1test H8, inspector TestBrokenBodies", ""},
	{"H9", "chunk extensions", "http1test H9", ""},
	{"H10", "chunk sizes", "http1test H10", ""},
	{"H11", "ends of chunks", "http1test H11", ""},
	{"H12", "trailers", "http1test H12", ""},
	{"H13", "bodies cut short", "http1test H13, inspector TestBrokenBodies", ""},
	{"H14", "bare LF", "http1test H14", ""},
	{"H15", "control bytes", "http1test H15", ""},
	{"H16", "folded lines", "http1test H16", ""},
	{"H17", "names of header lines", "http1test H17", ""},
	{"H18", "empty lines first", "http1test H18", ""},
	{"H19", "hosts that can't be", "http1test H19", ""},
	{"H20", "no host", "http1test H20", ""},
	{"H21", "absolute form", "http1test H21, cmd/devhook TestAmbiguousThroughTheTunnel, inspector TestReplayAbsoluteTarget", ""},
	{"H22", "CONNECT", "http1test H22, tunnel/relay TestMalformedInputIsHandedOnAsItCame", ""},
	{"H23", "OPTIONS *", "http1test H23", ""},
	{"H24", "methods", "http1test H24", ""},
	{"H25", "preface of HTTP/2", "http1test H25", ""},
	{"H26", "versions", "http1test H26", ""},
	{"H27", "blanks in targets", "http1test H27", ""},
	{"H28", "odd and long targets", "http1test H28", ""},
	{"H29", "long heads", "http1test H29", ""},
	{"H30", "many lines", "http1test H30", ""},
	{"H31", "100-continue", "http1test H31, inspector TestContinue, tunnel/relay TestExpectContinueIsTheAgentsToAnswer", ""},
	{"H32", "other expectations", "http1test H32", ""},
	{"H33", "pipelined", "http1test H33, tunnel/relay TestPipelinedRequestsRunInOrder, tunnel/relay TestABadRequestBehindGoodOnesEndsTheConnection", ""},
	{"H34", "bodies of GET and DELETE", "http1test H34", ""},
	{"H35", "what is not HTTP", "http1test H35, tunnel/relay TestWhatIsNotHTTPComesOncePerSecond, tunnel/relay TestSlowHeads", ""},
	{"H36", "senders that leave", "http1test H36, tunnel/relay TestCutOffRequestsAreHandedOn, tunnel/relay TestHalfCloseAfterTheRequestIsLegal, inspector TestResetMidUpload", ""},
	{"H37", "many interim answers", "inspector TestAnswersArriveAsGiven", ""},
	{"H38", "answers that are framed wrongly", "tunnel/http1 TestAnswers, inspector TestCutAnswers", ""},
	{"H39", "answers that are none", "tunnel/http1 TestAnswers", ""},
	{"H40", "upgrades", "inspector TestUpgrade, inspector TestUnaskedUpgrade, tunnel/relay TestUpgradePassesEarlyBytes", ""},

	{"R1", "order of duplicates", "inspector TestHeadsArriveAsSent, inspector TestAnswersArriveAsGiven", ""},
	{"R2", "case", "inspector TestHeadsArriveAsSent, cmd/devhook TestRawThroughTheTunnel", ""},
	{"R3", "names in Connection", "http1test R3, cmd/devhook TestRawThroughTheTunnel", ""},
	{"R4", "forged forwarding", "inspector TestHeadsArriveAsSent", ""},
	{"R5", "forged with underscores", "inspector TestHeadsArriveAsSent", ""},
	{"R6", "bytes beyond ASCII", "http1test R6", ""},
	{"R7", "long names and values", "http1test R7", ""},
	{"R8", "empty values", "inspector TestHeadsArriveAsSent", ""},
	{"R9", "spellings of hosts", "http1test R9, tunnel/relay TestNamesShareThePorts", ""},
	{"R10", "line breaks in edits", "inspector TestBadEdits, web TestReplayRefusesWhatWouldNotBeSentAsWritten", ""},
	{"R11", "framing in edits", "inspector TestEdit, web TestEditRefusesWhatWouldNotBeSentAsWritten", ""},
	{"R12", "nothing invented", "cmd/devhook TestRandomRequestsArriveAsSent", ""},
	{"R13", "answers untouched", "inspector TestAnswersArriveAsGiven", ""},
	{"R14", "hop by hop", "inspector TestHeadsArriveAsSent", ""},

	{"B1", "kinds of empty", "http1test B1, inspector TestBodiesArriveAsSent", ""},
	{"B2", "small and large chunks", "http1test B2", ""},
	{"B3", "1 GiB", "cmd/devhook TestLongUploadMemory", ""},
	{"B4", "beyond the limit", "inspector TestBrokenBodies", ""},
	{"B5", "packed bodies", "web TestBodyUnpacked", ""},
	{"B6", "bombs", "web TestBombs", ""},
	{"B7", "wrongly packed", "web TestUnpack, web TestUnpackOfNoise", ""},
	{"B8", "odd JSON", "web TestBodyViews, web TestBodiesInEveryForm, web FuzzBody", ""},
	{"B9", "odd multipart", "web TestBodiesInEveryForm, web FuzzBody", ""},
	{"B10", "many form fields", "inspector/provider TestManyFields", ""},
	{"B11", "XML", "web TestBodyViews", ""},
	{"B12", "binary and markup", "web TestBodiesAreInert, web TestAPIVeryBytes", ""},
	{"B13", "a byte a second", "cmd/devhook TestSlowClientsHoldBackNobody, inspector TestSilentBody", ""},
	{"B14", "early answers", "inspector TestEarlyAnswer, tunnel/relay TestEarlyAnswerWhileTheBodyStillComes", ""},
	{"B15", "endless answers", "inspector TestEventStream, inspector TestSenderLeavesLongAnswer", ""},
	{"B16", "slow readers", "tunnel/relay TestSlowReaderDoesNotBlockOthers, tunnel/relay TestStalledExchangesTakeNoMoreThanTheirCredit", ""},
	{"B17", "long answers", "inspector TestLongAnswer", ""},

	{"S1", "odd greetings", "tunnel/relay TestOddGreetings, tunnel/relay TestHandshakesAreLimited", ""},
	{"S2", "no common algorithm", "tunnel/relay TestOddGreetings", ""},
	{"S3", "rekeying", "", "golang.org/x/crypto/ssh does it; bodies beyond its threshold pass in TestLongUploadMemory"},
	{"S4", "logins", "tunnel/relay TestOnlyPlainKeysLogIn, tunnel/relay TestUnknownKeyIsRefusedForGood", ""},
	{"S5", "addresses asked for", "tunnel/relay TestStockSweepOpensOnlyWhatIsListed, tunnel/relay TestStockOtherRequestsAreRefused, tunnel/relay TestListenRequestsThatMakeNoSense", ""},
	{"S6", "ways to elsewhere", "tunnel/relay TestOnlyListeningIsAllowed, tunnel/relay TestStockOtherRequestsAreRefused", ""},
	{"S7", "sessions", "tunnel/relay TestStockOtherRequestsAreRefused, tunnel/relay TestOpenSSHShowsTheAddress", ""},
	{"S8", "unknown requests", "tunnel/relay TestOnlyListeningIsAllowed", ""},
	{"S9", "lengths that lie", "tunnel/relay TestListenRequestsThatMakeNoSense, tunnel/relay FuzzAgent", ""},
	{"S10", "windows and order of messages", "", "golang.org/x/crypto/ssh reads the messages of SSH, and closes the connection"},
	{"S11", "refused channels", "tunnel/relay TestRejectedOpensLeaveNothingBehind, tunnel/relay TestAgentIsCutAfterManyRejects", ""},
	{"S12", "replies to nothing", "", "golang.org/x/crypto/ssh drops them since 0.52.0, and go.mod asks for a later one"},
	{"S13", "channels never read", "tunnel/relay TestExchangesAreLimited, tunnel/relay TestStockConnectionsAreLimited", ""},
	{"S14", "broken packets", "tunnel/relay TestABrokenConnectionLeavesNoOpeningBehind", ""},
	{"S15", "host keys", "ssh/keys.txtar, ssh/works.txtar, tunnel/relay TestOtherHostKeyStops", ""},
	{"S16", "what sshd refuses", "ssh/refused.txtar, tunnel TestStockServerRefuses", ""},
	{"S17", "channels for other addresses", "tunnel TestChannelsNobodyAskedFor", ""},
	{"S18", "two agents, one key", "tunnel/relay TestOwnKeyTakesItsPortBack, tunnel/relay TestTheReplacedAgentFinishesWhatItBegan", ""},

	{"W1", "handshakes", "tunnel/relay TestWebSocketHandshake", ""},
	{"W2", "frames that can't be", "tunnel TestSocketFrames, tunnel FuzzSocketRead", ""},
	{"W3", "long messages", "tunnel TestSocketFrames", ""},
	{"W4", "compression", "tunnel/relay TestWebSocketDeclinesCompression", ""},
	{"W5", "closes", "tunnel TestSocketFrames", ""},
	{"W6", "pings without end", "tunnel TestSocketPingFloodEnds", ""},
	{"W7", "our own frames", "tunnel TestFramesThatCannotBe, tunnel TestHostileScripts, tunnel/relay TestHostileAgents, tunnel FuzzScript", ""},
	{"W8", "text for binary", "tunnel TestSocketFrames", ""},
	{"W9", "a proxy that cuts", "tunnel/relay TestWebSocketThroughNginx, tunnel/relay TestWebSocketSilentProxy", ""},
	{"W10", "two sessions at once", "tunnel/relay TestOfTwoAgentsForOnePortOneWins", ""},
	{"W11", "versions", "tunnel/relay TestListenRequestsThatMakeNoSense", ""},

	{"C1", "ports", "config.txtar, faults_up.txtar, cmd/devhook/config TestLocal", ""},
	{"C2", "apps", "cmd/devhook/config TestLocal, cmd/devhook/config TestLoops, inspector TestLoop", ""},
	{"C3", "flags", "usage.txtar", ""},
	{"C4", "files", "yaml.txtar, cmd/devhook/config TestBadFile, cmd/devhook/config TestPipeWithoutWriter, cmd/devhook/config FuzzLoad", ""},
	{"C5", "unknown variables", "config.txtar", ""},
	{"C6", "secrets", "cmd/devhook/config TestSecrets", ""},
	{"C7", "homes and terminals", "cmd/devhook/config TestStateDir, cmd/devhook TestScreenDumb, cmd/devhook TestScreenColourless, faults_up.txtar", ""},
	{"C8", "what is taken", "inspector.txtar, ports.txtar, cmd/devhook TestTwoTunnelsUnderLoad", ""},
	{"C9", "key files", "ssh/refused.txtar, ssh/keys.txtar, cmd/devhook TestMoved", ""},
	{"C10", "known hosts", "ssh/config.txtar, ssh/keys.txtar", ""},
	{"C11", "signals", "cmd/devhook TestDrain, cmd/devhook TestScreen, drain.txtar", ""},
	{"C12", "clocks", "tunnel/relay TestAClockThatIsSetBackReservesNothingForEver, cmd/devhook TestDoctorComparesClocks, tunnel TestJumpSeesBothClocks", ""},
	{"C13", "names", "names/names.txtar, tunnel/relay TestNamesThatAreNone, cmd/devhook/config TestTunnelNames", ""},

	{"D1", "empty", "store TestOpenTakesAnEmptyFile", ""},
	{"D2", "no database", "store TestOpenRefusesWhatIsNoFile, database.txtar", ""},
	{"D3", "cut off", "store TestDamagedIsSetAside", ""},
	{"D4", "a flipped page", "store TestCheckFindsAFlippedPage", ""},
	{"D5", "another format", "store TestNotSetAside", ""},
	{"D6", "no files", "store TestOpenRefusesADirectory, store TestOpenRefusesWhatIsNoFile, store TestLinkedFile", ""},
	{"D7", "read-only", "store TestReadOnly, store TestReadOnlyPlaces", ""},
	{"D8", "another program's", "store TestOpenRefuses", ""},
	{"D9", "newer and older", "store TestOpenRefusesNewerInTheLog, store TestUpgrade, store TestKilledAtEachStatement", ""},
	{"D10", "logs lost and files gone", "store TestTheFileIsGone, store TestDamagedIsSetAside", ""},
	{"D11", "locked", "store TestLocked", ""},
	{"D12", "full and failing disks", "store TestFull, store TestNoSpaceAndSpaceAgain, store TestABrokenConnectionIsReplaced, cmd/devhook TestDiskRunsFull", ""},
	{"D13", "very many", "web TestListIsQuick", ""},
	{"D14", "network file systems", "", "there is none to try on; a lock or a write that fails there is told like any other"},
	{"D15", "a hostile database to import", "", "import takes HAR and JSON, never a database"},

	{"U1", "hosts", "web TestEveryRouteTurnsStrangersAway, web TestTwoHostsAreRefused", ""},
	{"U2", "origins", "web TestEveryRouteTurnsStrangersAway", ""},
	{"U3", "forms and methods", "web TestReadingNeverMutates, web TestAPIReplay", ""},
	{"U4", "tokens", "web TestTokenIsExchangedForACookie, web TestEveryRouteTurnsStrangersAway", ""},
	{"U5", "streams", "web TestStreamsAreBeatenAndBounded, web TestSlowReadersAreDropped", ""},
	{"U6", "ids", "web TestDetailOfWhatIsGone", ""},
	{"U7", "searches", "web TestFiltersOutOfBoundsAreSaid, store TestParseSearchRefuses, store FuzzParseSearch", ""},
	{"U8", "replays to elsewhere", "web TestReplayRefusesWhatWouldNotBeSentAsWritten, inspector TestBadEdits", ""},
	{"U9", "pages", "web TestFiltersOutOfBoundsAreSaid, web TestAPIErrorsAreProblems", ""},
	{"U10", "exports", "inspector/export TestCurlSendsTheSame, inspector/export TestHAR, web TestAPIExports", ""},
	{"U11", "deleting meanwhile", "web TestBrowserDropsRowsThatWereDeleted, web TestBrowserWhenAllIsCleared, web TestBrowserWithoutScript", ""},
	{"U12", "frames and openers", "web TestSafetyHeadersEverywhere, cmd/devhook TestBrowserForeignPages", ""},
	{"U13", "scripts everywhere", "web TestPayloadsRunNothing, web TestCapturedDataIsInert", ""},

	{"P1", "forms of signatures", "inspector/provider TestMutatedSignatures, inspector/provider TestSignedHeaderTwice, inspector/provider TestSignatureTwice", ""},
	{"P2", "changed bodies", "inspector/provider TestMutatedSignatures, inspector/provider TestHints", ""},
	{"P3", "forms of secrets", "inspector/provider TestHints, inspector/provider TestShownHidesTrimmedSecrets", ""},
	{"P4", "times", "inspector/provider TestAges, inspector/provider TestMoments", ""},
	{"P5", "many signatures", "inspector/provider TestManySignatures, inspector/provider TestHintsAreBounded", ""},
	{"P6", "each sender's own", "inspector/provider TestVectors, inspector/provider TestTwilioBodies, inspector/provider TestTwilioAddresses, inspector/provider TestGitLab", ""},
	{"P7", "duplicates", "store TestDuplicatesAtOnce, store TestDuplicateOfAnotherSender, store TestLaterDuplicateSettles", ""},
	{"P8", "challenges", "challenges.txtar, inspector/provider TestHandshakes, inspector TestAnsweredChallenges", ""},
	{"P9", "payloads of other kinds", "inspector/provider FuzzProviders, inspector/provider TestTelerivetEventIsBounded", ""},
	{"P10", "replay and signature", "inspector TestReplayIsTheSame, inspector TestResign, inspector TestResignEverywhere", ""},

	{"N1", "names of relays", "cmd/devhook TestDoctorAsksForNames, tunnel/relay TestAnAgentThatMovedDialsAnew, cmd/devhook TestTheAddressComesBack", ""},
	{"N2", "apps that are not there", "inspector TestAppDown, inspector TestReach, inspector TestTimeout, cmd/devhook TestAppStopped", ""},
	{"N3", "proxies of the environment", "tunnel/relay TestWebSocketEnvironmentSkipsLoopback", ""},
	{"N4", "packets too large for the way", "", "the system's TCP deals with it; a way that stays silent is one of T1's"},
	{"N5", "captive portals", "tunnel TestDialWebSocketToSomethingElse, tunnel/relay TestWebSocketComesBackAfterACaptivePortal", ""},
	{"N6", "another address on the way", "cmd/devhook TestTheAddressComesBack, tunnel/relay TestAnAgentThatMovedTriesAtOnce", ""},
	{"N7", "behind a TLS proxy", "tunnel/relay TestWebSocketThroughNginx, tunnel/relay TestWebSocketOverTLS", ""},
	{"N8", "many from one address", "tunnel/relay TestSendersOfOneAddressAreLimited", ""},
}

// counts are how many groups the catalogue has by letter.
var counts = map[string]int{"H": 40, "R": 14, "B": 17, "S": 18, "W": 11, "C": 13, "D": 15, "U": 13, "P": 10, "N": 8}

// TestCatalogue: every group of bad input is tried by a test that is there, or says why not.
func TestCatalogue(t *testing.T) {
	here, tried := map[string]bool{}, 0
	inputs := inputNumbers(t)
	for _, g := range catalogue {
		if here[g.id] {
			t.Errorf("%s is listed twice", g.id)
		}
		here[g.id] = true
		if (g.tests == "") == (g.why == "") {
			t.Errorf("%s has neither tests nor a reason, or both", g.id)
		}
		if g.tests == "" {
			continue
		}
		tried++
		for ref := range strings.SplitSeq(g.tests, ", ") {
			if fault := missing(t, ref, inputs); fault != "" {
				t.Errorf("%s %s: %s", g.id, g.about, fault)
			}
		}
	}
	all := 0
	for letter, n := range counts {
		all += n
		for i := range n {
			if id := fmt.Sprint(letter, i+1); !here[id] {
				t.Errorf("%s is not listed", id)
			}
		}
	}
	if len(catalogue) != all {
		t.Errorf("%d groups, want %d", len(catalogue), all)
	}
	t.Logf("%d of %d groups of bad input are tried", tried, all)
}

var (
	inputName = regexp.MustCompile(`Name: "([A-Z]\d+) `)
	reference = regexp.MustCompile(`^(\S+) ((?:Test|Fuzz)\w+)$`)
)

// inputNumbers are the groups that http1test has inputs for.
func inputNumbers(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../../tunnel/http1/http1test/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	numbers := map[string]bool{}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inputName.FindAllStringSubmatch(string(text), -1) {
			numbers[m[1]] = true
		}
	}
	return numbers
}

// missing says what is not there of a reference.
func missing(t *testing.T, ref string, inputs map[string]bool) string {
	if number, ok := strings.CutPrefix(ref, "http1test "); ok {
		if !inputs[number] {
			return "http1test has no input " + number
		}
		return ""
	}
	if strings.HasSuffix(ref, ".txtar") {
		if _, err := os.Stat(filepath.Join("../../cmd/devhook/testdata", ref)); err != nil {
			return err.Error()
		}
		return ""
	}
	m := reference.FindStringSubmatch(ref)
	if m == nil {
		return ref + " is no reference"
	}
	if !strings.Contains(sources(t, m[1]), "\nfunc "+m[2]+"(") {
		return "no test " + ref
	}
	return ""
}
