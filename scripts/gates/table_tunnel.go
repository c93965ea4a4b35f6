package main

// healed are the gates about a tunnel that comes back, with the same address and nobody else's.
func healed() []gate {
	return []gate{
		{
			id: "T1", name: "the same address comes back", wanted: "a silent cut known ≤ 10 s, mended ≤ 10 s (p95 of 50), sleep of a minute and relay killed ≤ 5 s, address changed ≤ 10 s",
			runs: []run{{pkg: "./cmd/devhook", tests: []string{"TestTheAddressComesBack"}, full: []string{"TESTS_CUTS=50"}}},
			figures: []figure{
				{pattern: `p95 ([\d.]+)s, slowest [\d.]+s of \d+; the figure is 10s`, text: "cuts and changes ≤ %s s", most: atMost(10)},
				{pattern: `p95 ([\d.]+)s, slowest [\d.]+s of \d+; the figure is 5s`, text: "sleep and relay killed ≤ %s s", most: atMost(5)},
				{pattern: `the relay knew after ([\d.]+)s`, text: "the relay knows of a cut after %s s", most: atMost(10)},
			},
		},
		{
			id: "T2", name: "dead peers are found", wanted: "by both sides, after the silence that is set (with the real one: T1)",
			runs: []run{{pkg: "./tunnel/relay", tests: []string{"TestAgentLeavesASilentRelay", "TestRelayDropsASilentAgent"}}},
		},
		{
			id: "T3", name: "no ghosts", wanted: "one's own key takes over ≤ 1 s, another key 0 of 1,000 times",
			runs: []run{{
				pkg: "./tunnel/relay", full: []string{"TRIES=1000"},
				tests: []string{"TestOwnKeyTakesItsPortBack", "TestOtherKeysNeverGetAnAddress", "TestOfTwoAgentsForOnePortOneWins", "TestANameStaysItsKeys", "TestReservationEnds"},
			}},
			figures: []figure{
				{pattern: `taken over in ([\d.]+) s`, text: "taken over in %s s", most: atMost(1)},
				{pattern: `(\d+) tries by another key, none got it`, text: "%s tries by another key, 0 got it", least: 1000},
			},
		},
		{
			id: "N", name: "a real sshd and its faults", wanted: "works, comes back, and every fault is named with its remedy",
			runs: []run{
				{pkg: "./cmd/devhook", tests: []string{"TestSSHScripts"}},
				{pkg: "./tunnel", tests: []string{"TestStockServerForwards", "TestStockServerCarriesMuchBothWays", "TestStockServerComesBackWithTheSamePort", "TestStockServerRefuses", "TestStockServerRefusesKeys", "TestAdvisedServer"}},
			},
		},
	}
}

// bounded are the gates about what a tunnel costs, and whom it holds back.
func bounded() []gate {
	return []gate{
		{
			id: "T4", name: "head-of-line blocking", wanted: "others go on beside stalled exchanges",
			runs:    []run{{pkg: "./tunnel/relay", tests: []string{"TestStalledExchangesTakeNoMoreThanTheirCredit", "TestSlowReaderDoesNotBlockOthers"}}},
			figures: []figure{{pattern: `alone, [^ ]+ beside them, ([\d.]+) times`, text: "others take %s times as long", most: atMost(10)}},
		},
		{
			id: "T6", name: "cut answers", wanted: "a cut is never a clean end",
			runs: []run{
				{pkg: "./tunnel/relay", tests: []string{"TestTunnelLostBeforeTheAnswer", "TestTunnelLostInTheAnswer", "TestAbortResetsTheSender", "TestStockCutAnswerIsReset", "TestACutAnswerIsNoEndOfTLS"}},
				{pkg: "./inspector", tests: []string{"TestCutAnswers"}},
			},
		},
		{
			id: "T7", name: "nothing leaks", wanted: "2,000 reconnects and 100,000 requests: goroutines, descriptors and heap as before",
			runs: []run{
				{pkg: "./tunnel/relay", tests: []string{"TestManyReconnectsLeaveNothingBehind", "TestManyExchangesLeaveNothingBehind"}, full: []string{"EXCHANGES=100000"}, short: []string{"EXCHANGES=1000"}},
				{pkg: "./tunnel/relay", tests: []string{"TestConnectionsThatAreRejectedLeaveNothingBehind", "TestRejectedOpensLeaveNothingBehind"}, full: []string{"CONNECTIONS=10000"}},
				{pkg: "./inspector", tests: []string{"TestNothingLeaks"}},
			},
			figures: []figure{
				{pattern: `(\d+) reconnects in`, text: "%s reconnects", least: 2000},
				{pattern: `(\d+) exchanges: goroutines`, text: "%s requests", least: 100_000},
			},
		},
		{
			id: "T8", name: "long bodies", wanted: "1 GiB up and 1 GiB down within +64 MiB",
			runs: []run{
				{pkg: "./cmd/devhook", tests: []string{"TestLongUploadMemory"}, full: []string{"BODY_MIB=1024"}, short: []string{"BODY_MIB=100"}},
				{pkg: "./tunnel/relay", tests: []string{"TestBulkBothWaysAtFlatMemory"}},
			},
			figures: []figure{
				{pattern: `for a body of (\d+) MiB up and one down`, text: "%s MiB each way", least: 1024},
				{pattern: `peak memory grew by (\d+) MiB`, text: "+%s MiB", most: atMost(64)},
			},
		},
		{
			id: "T9", name: "slow clients", wanted: "slow heads, bodies and readers end, take no place, and hold back nobody: beside 500 slow heads and 500 slow bodies others have p99 ≤ 200 ms, within +64 MiB",
			runs: []run{
				{pkg: "./cmd/devhook", tests: []string{"TestSlowClientsHoldBackNobody"}, full: []string{"SLOW=60"}},
				{pkg: "./tunnel/relay", tests: []string{"TestSlowHeads", "TestSilentBodies", "TestSlowBodiesTakeNoPlace", "TestMalformedRequestsLeavePlaces", "TestManySlowExchangesAtOnce", "TestSendersOfOneAddressAreLimited", "TestStockSilenceEndsAConnection"}},
				{pkg: "./inspector", tests: []string{"TestSilentBody"}},
				{pkg: "./web", tests: []string{"TestSlowReadersAreDropped", "TestStreamsAreBeatenAndBounded"}},
			},
			figures: []figure{
				{pattern: `(\d+) others answered, p50`, text: "%s others answered beside them", least: 3000},
				{pattern: `others answered, p50 [\d.]+ ms and p99 ([\d.]+) ms`, text: "p99 %s ms", most: atMost(200)},
				{pattern: `memory grew by (\d+) MiB beside them`, text: "+%s MiB", most: atMost(64)},
			},
		},
	}
}
