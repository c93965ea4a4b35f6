package main

// guarded are the gates about those who should get nothing.
func guarded() []gate {
	return []gate{
		{
			id: "S2", name: "hosts, origins, tokens", wanted: "every route turns away foreign hosts, origins and whoever has no token; no GET changes anything; in Chromium, foreign pages and a rebound name get nothing",
			runs: []run{
				{pkg: "./web", tests: []string{"TestEveryRouteTurnsStrangersAway", "TestReadingNeverMutates", "TestPagesElsewhereMayOnlyLinkHere", "TestSafetyHeadersEverywhere", "TestTwoHostsAreRefused", "TestTokenIsExchangedForACookie"}},
				{pkg: "./cmd/devhook", tests: []string{"TestBrowserForeignPages"}},
			},
			figures: []figure{{pattern: `(\d+) foreign pages got nothing of \d+ addresses`, text: "%s foreign pages got nothing", least: 3}},
		},
		{
			id: "S4", name: "another user of the machine", wanted: "nothing from inspector, database and process list",
			runs: []run{
				{pkg: "./web", tests: []string{"TestAnotherUserIsTurnedAway", "TestOwnerOfAConnection", "TestOwnerOfAnotherUser", "TestSystemKnowsTheOwner"}},
				{pkg: "./store", tests: []string{"TestOpenMakesPrivateFiles", "TestOpenTightensItsOwnFile"}},
				{pkg: "./cmd/devhook", tests: []string{"TestAnotherUserGetsNothing"}},
			},
			figures: []figure{{pattern: `(\d+) addresses and \d+ looks gave another user nothing`, text: "%s addresses answer 403", least: 9}},
		},
		{
			id: "S5", name: "captured data is inert", wanted: "200 payloads in every place run nothing",
			runs: []run{{
				pkg: "./web", full: []string{"PROOF=full"},
				tests: []string{"TestPayloadsRunNothing", "TestTrapNotices", "TestCapturedDataIsInert", "TestBodiesAreInert", "TestAddressesAreInert", "TestInertNotices", "TestBrowserTakesNoInstructionsFromCaptures"},
			}},
			figures: []figure{{pattern: `(\d+) payloads in \d+ captures`, text: "%s payloads", least: 200}},
		},
		{
			id: "S6", name: "secrets stay out", wanted: "planted secrets are in no database, log, export, page or argv",
			runs: []run{
				{pkg: "./cmd/devhook", tests: []string{"TestPlantedCredentials", "TestNoControlBytes"}},
				{pkg: "./cmd/devhook/config", tests: []string{"TestNoPasswordShown", "TestSecrets"}},
				{pkg: "./web", tests: []string{"TestCredentialsAreInNoPage", "TestSealedCredentials"}},
			},
		},
	}
}

// sealed are the gates about the relay's doors, and what breaks them open.
func sealed() []gate {
	return []gate{
		{
			id: "S7", name: "the relay opens what is listed", wanted: "ports 1–65535 in six forms of address: the listed ones alone; other requests and channels refused",
			runs: []run{{
				pkg: "./tunnel/relay", full: []string{"SWEEP=1"},
				tests: []string{"TestStockSweepOpensOnlyWhatIsListed", "TestStockOtherRequestsAreRefused", "TestOddGreetings", "TestOnlyListeningIsAllowed", "TestPortsOutsideTheGrantAreRefused", "TestAgentIsCutAfterManyRejects"},
			}},
			figures: []figure{{pattern: `(\d+) forwards asked for`, text: "%s forwards asked for", least: 6 * 65535}},
		},
		{
			id: "S8", name: "SSH", wanted: "ssh-audit finds no failure; plain keys alone; another host key stops",
			runs:    []run{{pkg: "./tunnel/relay", tests: []string{"TestSSHAuditFindsNoFailure", "TestOnlyPlainKeysLogIn", "TestOtherHostKeyStops", "TestUnknownKeyIsRefusedForGood", "TestHandshakesAreLimited"}}},
			figures: []figure{{pattern: `(\d+) algorithms judged`, text: "%s algorithms judged", least: 10}},
		},
		{
			id: "S9", name: "fuzzing", wanted: "10 minutes each, no panic",
			runs:    fuzzing(),
			figures: []figure{{pattern: `execs: (\d+)`, text: "%s inputs", least: 1}},
		},
		{
			id: "S10", name: "mutated signatures", wanted: "0 accepted of 1,000,000 for each sender",
			runs: []run{{pkg: "./inspector/provider", tests: []string{"TestMutatedSignatures", "TestMutatedTokens", "TestAges", "TestMoments"}, full: []string{"MUTATIONS=1000000"}, short: []string{"MUTATIONS=500"}}},
			figures: []figure{
				{pattern: `(\d+) mutated signatures, `, text: "%s tried, 0 accepted", least: 1_000_000},
				{pattern: `mutated signatures, (\d+) of each of`, text: "%s of each kind", least: 1_000_000},
			},
		},
	}
}

// fuzzing names every fuzz target there is.
func fuzzing() []run {
	return []run{
		{pkg: "./tunnel/http1", tests: []string{"FuzzReadRequest", "FuzzReadResponse", "FuzzBody"}, fuzz: true},
		{pkg: "./tunnel", tests: []string{"FuzzFrames", "FuzzSocketRead", "FuzzScript"}, fuzz: true},
		{pkg: "./tunnel/relay", tests: []string{"FuzzAgent"}, fuzz: true},
		{pkg: "./cmd/devhook/config", tests: []string{"FuzzLoad"}, fuzz: true},
		{pkg: "./inspector/provider", tests: []string{"FuzzProviders"}, fuzz: true},
		{pkg: "./inspector/export", tests: []string{"FuzzMask", "FuzzTake"}, fuzz: true},
		{pkg: "./store", tests: []string{"FuzzParseSearch"}, fuzz: true},
		{pkg: "./web", tests: []string{"FuzzBody", "FuzzDiff"}, fuzz: true},
	}
}
