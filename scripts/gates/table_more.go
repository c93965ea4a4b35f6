package main

// followed are the gates about what follows a crash, a click, an answer.
func followed() []gate {
	return []gate{
		{
			id: "D7", name: "the log stays short", wanted: "the database's log is cut, with readers and the index at work",
			runs: []run{{pkg: "./store", tests: []string{"TestTheLogStaysShort", "TestIndexKeepsTheLogShort"}}},
		},
		{
			id: "E2", name: "outcome unknown", wanted: "exactly what a dead process had under way, and nothing of the living",
			runs: []run{{pkg: "./store", tests: []string{"TestTheDeadAreWrittenDown", "TestTheLivingAreLeftAlone", "TestOpenWritesTheDeadDown", "TestACommandOwnsItsReplay"}}},
		},
		{
			id: "E3", name: "double clicks", wanted: "one delivery for a replay asked for twice",
			runs: []run{{pkg: "./web", tests: []string{"TestReplayByFormOnceForADoubleClick", "TestEditOnceForADoubleClick", "TestIdempotencyKeyMakesOneDelivery", "TestOneResendAtATime"}}},
		},
		{
			id: "E5", name: "answers as they come", wanted: "event streams, WebSocket, 100, 103, trailers, HEAD, 204 and 304 untouched and at once",
			runs: []run{
				{pkg: "./inspector", tests: []string{"TestEventStream", "TestPauseInLongAnswer", "TestUpgrade", "TestContinue", "TestAnswersArriveAsGiven"}},
				{pkg: "./cmd/devhook", tests: []string{"TestStreamsThroughTheTunnel"}},
				{pkg: "./tunnel/relay", tests: []string{"TestEventsArriveBeforeTheEnd", "TestUpgradePassesEarlyBytes"}},
			},
		},
		{
			id: "T5", name: "back-off", wanted: "0.25 to 5 s with jitter; none after a refused key or another host key, which end it",
			runs: []run{
				{pkg: "./tunnel", tests: []string{"TestBackoffDoublesUpToItsLimit", "TestACutInTheHandshakeIsNoRefusal"}},
				{pkg: "./tunnel/relay", tests: []string{"TestUnknownKeyIsRefusedForGood", "TestOtherHostKeyStops", "TestAReconnectStorm"}},
			},
		},
	}
}

// closed are the gates about what is not to be had from outside.
func closed() []gate {
	return []gate{
		{
			id: "S1", name: "loopback alone", wanted: "inspector and embedded relay listen on loopback; from another machine they are refused",
			runs:    []run{{pkg: "./cmd/devhook", tests: []string{"TestNothingListensOutside"}}},
			figures: []figure{{pattern: `(\d+) ports listen, none outside`, text: "%s ports", least: 2}},
		},
		{
			id: "S11", name: "TLS", wanted: "1.2 and 1.3 alone, HTTP/1.1 alone; keys are read by their owner only",
			runs: []run{
				{pkg: "./tunnel/relay", tests: []string{"TestTLSVersionsAndProtocols", "TestASlowHandshakeEnds"}},
				{pkg: "./tunnel", tests: []string{"TestTLSRefusesWhatIsOld", "TestCertificateKeyIsNotEverybodys"}},
			},
		},
		{
			id: "S12", name: "dependencies", wanted: "none older than the versions in which known faults were repaired",
			runs: []run{{pkg: "./scripts/house", tests: []string{"TestModulesAreNewEnough", "TestOlder", "TestJudge"}}},
		},
		{
			id: "S13", name: "replay stays at home", wanted: "to the app, or to another one of this machine that is named: nowhere else",
			runs: []run{
				{pkg: "./inspector", tests: []string{"TestBadEdits", "TestReplayElsewhere", "TestReplayAbsoluteTarget", "TestLoop"}},
				{pkg: "./web", tests: []string{"TestReplayRefusesWhatWouldNotBeSentAsWritten", "TestEditRefusesWhatWouldNotBeSentAsWritten"}},
			},
		},
		{
			id: "S14", name: "terminals", wanted: "0 control bytes of a sender on a terminal or in a log",
			runs: []run{{pkg: "./cmd/devhook", tests: []string{"TestNoControlBytes", "TestPictureQuotes", "TestQuote"}}},
		},
	}
}
