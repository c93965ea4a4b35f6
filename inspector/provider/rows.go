package provider

import "time"

// rows are the senders of whom everything is data, by what they sell.
func rows() []row {
	var all []row
	for _, group := range [...]func() []row{
		rowsOfCode, rowsOfMoney, rowsOfTalk, rowsOfBusiness, rowsOfStandard,
		rowsOfRepositories, rowsOfOperations, rowsOfShops, rowsOfPayments, rowsOfMessages, rowsOfMail, rowsOfWork, rowsOfServices,
		rowsOfTokens, rowsOfForms, rowsOfOthers,
	} {
		all = append(all, group()...)
	}
	return all
}

// ofBody is the commonest scheme: HMAC of the body, in one header.
func ofBody(name, header, prefix string, using algorithm, coded coding) *signature {
	return &signature{
		name: name, headers: []string{header}, layout: alone{prefix}, signs: []part{theBody}, using: using, coded: coded,
	}
}

const fiveMinutes = 5 * time.Minute
