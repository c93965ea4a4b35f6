package main

import "slices"

// table is the scorecard, in the order of its rows: what arrives is kept and handed on once, the tunnel heals and is bounded,
// nobody gets in.
func table() []gate {
	return slices.Concat(kept(), stored(), handed(), followed(), healed(), bounded(), guarded(), sealed(), closed())
}

// kept are the gates about requests and their records.
func kept() []gate {
	return []gate{
		{
			id: "D1", name: "kill -9 at random", wanted: "≥ 200 kills, ≥ 10,000 acknowledged, 0 lost, 0 twice",
			runs: []run{
				{pkg: "./cmd/devhook", tests: []string{"TestKillUnderLoad"}, full: []string{"KILLS=200"}, short: []string{"KILLS=3"}},
				{pkg: "./store", tests: []string{"TestKilled", "TestKilledWhileOpening"}, full: []string{"KILLS=100"}, short: []string{"KILLS=3"}},
			},
			figures: []figure{
				{pattern: `: (\d+) kills`, text: "%s kills", least: 200},
				{pattern: `: (\d+) acknowledged, \d+ at the app`, text: "%s acknowledged", least: 10_000},
			},
		},
		{
			id: "D1b", name: "kill -9 at system calls (strace inject)", wanted: "≥ 100 points, 0 acknowledged lost, the file sound",
			runs: []run{{pkg: "./store", tests: []string{"TestKilledAtCalls"}, full: []string{"CALLS=125"}, short: []string{"CALLS=10"}}},
			figures: []figure{
				{pattern: `(\d+) calls at which it was killed`, text: "%s points", least: 100},
				{pattern: `(\d+) captures and deliveries acknowledged, none lost`, text: "%s acknowledged", least: 1000},
			},
		},
		{
			id: "D2", name: "fsync before the answer", wanted: "every answer after an fsync of its record",
			runs:    []run{{pkg: "./cmd/devhook", tests: []string{"TestFsyncBeforeAnswer", "TestCheckOrder"}}},
			figures: []figure{{pattern: `(\d+) answers left after an fsync`, text: "%s answers", least: 25}},
		},
		{
			id: "D3", name: "one record each", wanted: "100,000 requests, 5 % malformed and 2 % cut off among them, as many records",
			runs: []run{
				{pkg: "./cmd/devhook", tests: []string{"TestOneRecordEach"}, full: []string{"MIXED=100000"}, short: []string{"MIXED=1000"}},
			},
			figures: []figure{
				{pattern: `(\d+) requests \(\d+ malformed`, text: "%s requests", least: 100_000},
				{pattern: `cut off\), (\d+) records`, text: "%s records", least: 100_000},
				{pattern: `(\d+) malformed, \d+ cut off`, text: "%s malformed", least: 5000},
				{pattern: `malformed, (\d+) cut off`, text: "%s cut off", least: 2000},
			},
		},
		{
			id: "D4", name: "byte-exact", wanted: "500 random requests the same at sender, database and app",
			runs: []run{
				{pkg: "./cmd/devhook", tests: []string{"TestRandomRequestsArriveAsSent", "TestRawThroughTheTunnel"}, full: []string{"EXACT=500"}, short: []string{"EXACT=30"}},
				{pkg: "./inspector", tests: []string{"TestHeadsArriveAsSent", "TestBodiesArriveAsSent", "TestAnswersArriveAsGiven"}},
			},
			figures: []figure{{pattern: `(\d+) random requests, \d+ bytes, the same`, text: "%s random requests", least: 500}},
		},
	}
}

// stored are the gates about the database in trouble.
func stored() []gate {
	return []gate{
		{
			id: "D5", name: "full, read-only and locked databases", wanted: "not acknowledged, the app not called, the process goes on, and works again with space",
			runs: []run{
				{pkg: "./store", tests: []string{"TestFull", "TestNoSpaceAndSpaceAgain", "TestReadOnly", "TestReadOnlyPlaces", "TestLocked", "TestTheFileIsGone", "TestABrokenConnectionIsReplaced"}},
				{pkg: "./inspector", tests: []string{"TestStoreFailsMidUpload", "TestStoreFailsUnderTheApp"}},
				{pkg: "./cmd/devhook", tests: []string{"TestDiskRunsFull"}},
			},
			figures: []figure{
				{pattern: `(\d+) refused by a full disk`, text: "%s refused by a full disk", least: 20},
				{pattern: `with space again after ([\d.]+) s`, text: "goes on %s s after there is space", most: atMost(1)},
			},
		},
		{
			id: "D6", name: "damaged and foreign databases", wanted: "set aside unchanged, or refused untouched",
			runs: []run{{pkg: "./store", tests: []string{"TestDamagedIsSetAside", "TestDamagedIsSetAsideOnce", "TestNotSetAside", "TestSuspectButSound", "TestDamagedIndex", "TestCheckFindsAFlippedPage", "TestOpenRefuses", "TestOpenRefusesWhatIsNoFile", "TestOpenRefusesADirectory"}}},
		},
		{
			id: "D8", name: "older and newer databases", wanted: "newer: refused; older: upgraded whole or not at all, killed at each statement",
			runs: []run{{pkg: "./store", tests: []string{"TestOpenRefusesNewerInTheLog", "TestMigrations", "TestUpgrade", "TestUpgradeKeepsAnotherBackup", "TestUpgradeAtOnce", "TestUpgradeWithoutRoomForTheCopy", "TestKilledAtEachStatement", "TestKilledWhileUpgrading"}}},
		},
	}
}

// handed are the gates about what the app gets.
func handed() []gate {
	return []gate{
		{
			id: "E1", name: "never twice", wanted: "0 duplicates in 1,000 upstream closes for each of GET, HEAD, POST, POST with Idempotency-Key",
			runs: []run{
				{pkg: "./inspector", tests: []string{"TestNeverTwice", "TestChaos"}, full: []string{"CLOSES=1000"}, short: []string{"CLOSES=10"}},
				{pkg: "./cmd/devhook", tests: []string{"TestOnceThroughTheTunnel"}, full: []string{"CLOSES=1000"}, short: []string{"CLOSES=10"}},
			},
			figures: []figure{
				{pattern: `(\d+) upstream closes, \d+ of them on a connection used before`, text: "%s closes at the inspector", least: 4000},
				{pattern: `(\d+) upstream closes for each kind of method`, text: "%s of each kind through the tunnel", least: 1000},
				{pattern: `; (\d+) of \d+ requests twice`, text: "%s twice", most: atMost(0)},
			},
		},
		{
			id: "H", name: "ambiguous requests", wanted: "read as strictly as can be, refused and kept from the app; relay, inspector, app, nginx and haproxy see no different requests",
			runs: []run{
				{pkg: "./tunnel/http1", tests: []string{"TestHostile", "TestHostileStock", "TestOthersReadTheSame"}},
				{pkg: "./cmd/devhook", tests: []string{"TestAmbiguousThroughTheTunnel", "TestAppReadsWhatIsRecorded"}},
				{pkg: "./inspector", tests: []string{"TestAmbiguousHeads", "TestBrokenBodies"}},
			},
			figures: []figure{
				{pattern: `(\d+) inputs: [\w/]+ takes less`, text: "%s raw inputs read beside three servers", least: 300},
				{pattern: `(\d+) inputs: \d+ records`, text: "%s sent through the tunnel to three apps", least: 300},
			},
		},
		{
			id: "I", name: "the catalogue of bad input", wanted: "159 groups in ten chapters, each tried by a test, or with a reason why not",
			runs:    []run{{pkg: "./scripts/gates", tests: []string{"TestCatalogue"}}},
			figures: []figure{{pattern: `(\d+) of 159 groups of bad input are tried`, text: "%s of 159 groups tried", least: 150}},
		},
	}
}
