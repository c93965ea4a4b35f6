package store_test

func ledgerChild(string) error   { return nil }
func holdChild(string) error     { return nil }
func fullChild(string) error     { return nil }
func readOnlyChild(string) error { return nil }
