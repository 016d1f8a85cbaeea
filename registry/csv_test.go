package registry_test

import (
	"strings"
	"testing"

	"flagstone/features"
	"flagstone/registry"
)

func TestReadAccountsAsSpreadsheetsSaveThem(t *testing.T) {
	t.Parallel()
	const blue = "{Name:Blue Slug:blue ExternalID: ContactEmail: PostalCode: Tier:}"
	for name, c := range map[string]struct{ file, want string }{
		"blank rows":            {"name,slug\n,\n , \n\nBlue,blue\n,,,\n", "5 " + blue},
		"delimiters at the end": {"name,slug,,\nBlue,blue,,,,\n", "2 " + blue},
		"a row cut short":       {"name,slug,tier\nBlue,blue\n", "2 The first line has 3 columns, but this line has 2."},
		"more than there is":    {"name,slug\nBlue,blue,x\n", "2 The first line has 2 columns, but this line has 3."},
		"nothing but blank":     {"name,slug\n,\n", "1 The file has no accounts below the line of column names."},
		"what is guarded":       {"name,slug,external_id,contact_email\n'=SUM(1),blue,'-5,'+x@e.com\n", "2 {Name:=SUM(1) Slug:blue ExternalID:-5 ContactEmail:+x@e.com PostalCode: Tier:}"},
		"an apostrophe":         {"name,slug\n'Round Midnight,blue\n", "2 {Name:'Round Midnight Slug:blue ExternalID: ContactEmail: PostalCode: Tier:}"},
		"states and features":   {"name,slug,status,feature:ai_agents\nBlue,blue, Suspended ,on\n", "2 " + blue},
		"a state that is none":  {"name,slug,status\nBlue,blue,gone\n", "2 status: Choose active or suspended."},
		"what cannot be seen":   {"name,slug,external_id\nZw Co,zw-co,crm_500\u200b\n", "2 external_id: Delete the invisible character U+200B."},
		"letters with accents":  {"name\nÄpfel GmbH\n", "2 {Name:Äpfel GmbH Slug:apfel-gmbh ExternalID: ContactEmail: PostalCode: Tier:}"},
		"no CSV at all":         {"name\n" + strings.Repeat(",", 1000), "2 This line has more than 1,000 commas. Check that the file is CSV."},
	} {
		if got := outcomes(registry.ReadAccounts([]byte(c.file))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
	}
	if line := registry.ReadAccounts([]byte("name,status\nBlue,suspended\n")).Lines[0]; line.Status != features.Suspended {
		t.Errorf("the state is %q", line.Status)
	}
}

func TestGuardCell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "a=b": "a=b", "'a": "'a", "\tx": "'\tx", "\rx": "'\rx", "\nx": "'\nx", "=1": "'=1", "'=1": "''=1", "''@x": "'''@x",
		"＝1+1": "'＝1+1", "＠x": "'＠x",
	} {
		if got := registry.GuardCell(text); got != want {
			t.Errorf("%q is exported as %q, want %q", text, got, want)
		}
	}
	for _, name := range []string{"=1", "'=1", "''-2", "'a", "＋1"} {
		if line := registry.ReadAccounts([]byte("name,slug\n" + registry.GuardCell(name) + ",x\n")).Lines[0]; line.Draft.Name != name {
			t.Errorf("%q comes back as %q", name, line.Draft.Name)
		}
	}
}
