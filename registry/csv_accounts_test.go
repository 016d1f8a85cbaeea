package registry_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"flagstone/features"
	"flagstone/registry"
)

// outcomes writes an import down: each line with its account, or with what is wrong.
func outcomes(i registry.AccountImport) string {
	var lines []string
	for _, l := range i.Lines {
		outcome := fmt.Sprintf("%+v", l.Draft)
		if l.Problems != nil {
			outcome = l.Problems.Error()
		}
		lines = append(lines, fmt.Sprintf("%d %s", l.Number, outcome))
	}
	return strings.Join(lines, "\n")
}

const (
	header  = "name,slug,external_id,contact_email,postal_code,tier\n"
	columns = "name, slug, external_id, contact_email, postal_code, tier, status."
	noField = "Unknown column. The columns, separated by commas, are " + columns
	notUTF8 = `The file is not valid UTF-8. Save it as "CSV UTF-8".`
	unclose = "A quoted field is not closed, or text follows its closing quotation mark. Double each quotation mark that is part of the text."
	inside  = "There is a quotation mark inside an unquoted field. Quote the whole field, and double each quotation mark that is part of the text."
)

func TestReadAccounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, want string }{
		{
			"all columns", header + "Arizona Comedy,arizona,crm_1,office@a.example,85004,pro\n",
			"2 {Name:Arizona Comedy Slug:arizona ExternalID:crm_1 ContactEmail:office@a.example PostalCode:85004 Tier:pro}",
		},
		{
			"other order, capitals and spaces in the header, a mark at the start, CRLF, no line end at the end",
			"\ufeffTier, Name \r\n pro , Boise \r\nfree,Cedar",
			"2 {Name:Boise Slug:boise ExternalID: ContactEmail: PostalCode: Tier:pro}\n3 {Name:Cedar Slug:cedar ExternalID: ContactEmail: PostalCode: Tier:free}",
		},
		{
			"quoted fields and empty lines",
			"\"name\",slug\n\n\"Joe's, \"\"the\"\" Garage\",joe\r\n\r\n\"Élan\",elan\n",
			"3 {Name:Joe's, \"the\" Garage Slug:joe ExternalID: ContactEmail: PostalCode: Tier:}\n5 {Name:Élan Slug:elan ExternalID: ContactEmail: PostalCode: Tier:}",
		},
		{"empty file", "", "1 The file is empty. Its first line must name the columns: " + columns},
		{"only a mark", "\ufeff\n\n", "1 The file is empty. Its first line must name the columns: " + columns},
		{"only a header", header, "1 The file has no accounts below the line of column names."},
		{"no header", "Boise,boise\n", "1 boise: " + noField + "; boise: " + noField + "; name: This column is missing. The first line must name the columns."},
		{"semicolons", "name;slug\nBoise;boise\n", "1 name;slug: " + noField + "; name: This column is missing. The first line must name the columns."},
		{"unknown column, after an empty line", "\nname,phone\nBoise,1\n", "2 phone: " + noField},
		{"column named twice", "name,slug,Name\n", "1 name: This column is listed twice. Remove one."},
		{"no name", "slug\nboise\n", "1 name: This column is missing. The first line must name the columns."},
		{"header is not closed", "name,\"slug\n", "1 character 11: " + unclose},
		{"UTF-16", "\xff\xfen\x00a\x00m\x00e\x00\n\x00", "1 " + notUTF8},
		{
			"bytes that are no UTF-8", "name,postal_code\nCaf\xe9,1\nBoise,2\n",
			"2 name: " + notUTF8 + "\n3 {Name:Boise Slug:boise ExternalID: ContactEmail: PostalCode:2 Tier:}",
		},
		{
			"fields too few and too many", "name,slug\nBoise\nCedar,cedar,3\nElm,elm\n",
			"2 The first line has 2 columns, but this line has 1.\n3 The first line has 2 columns, but this line has 3.\n" +
				"4 {Name:Elm Slug:elm ExternalID: ContactEmail: PostalCode: Tier:}",
		},
		{
			"a mark inside a field; reading goes on", "name,slug\nJosé \"Joe\",joe\nElm,elm\n",
			"2 character 6: " + inside + "\n3 {Name:Elm Slug:elm ExternalID: ContactEmail: PostalCode: Tier:}",
		},
		{
			"text behind a closed field; reading goes on", "name,slug\r\n\"José\" Joe,joe\r\nElm,elm\r\n",
			"2 character 6: " + unclose + "\n3 {Name:Elm Slug:elm ExternalID: ContactEmail: PostalCode: Tier:}",
		},
		{"a field that is never closed", "name,slug\nElm,elm\n\"Boise,boise\nCedar,cédar", "2 {Name:Elm Slug:elm ExternalID: ContactEmail: PostalCode: Tier:}\n3 character 12 of line 4: " + unclose},
		{
			"fields that break rules", header + ",x,,,,\nBoise,Boise,,office,,\n",
			"2 name: Enter a name.\n3 slug: Use lower-case letters, digits and single hyphens, such as arizona-comedy.; " +
				"contact_email: Enter one e-mail address, such as office@example.com.",
		},
		{
			"identifiers that are there twice", "name,slug,external_id\nA,a,x\nB,a,\nC,x,y\nA,,a\nD,d,d\nE,e,y\n",
			"2 {Name:A Slug:a ExternalID:x ContactEmail: PostalCode: Tier:}\n3 slug: Line 2 also has a.\n4 slug: Line 2 also has x.\n" +
				"5 slug: Line 2 also has a.; external_id: Line 2 also has a.\n6 {Name:D Slug:d ExternalID:d ContactEmail: PostalCode: Tier:}\n" +
				"7 external_id: Line 4 also has y.",
		},
	} {
		if got := outcomes(registry.ReadAccounts([]byte(c.file))); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestReadAccountsLimit(t *testing.T) {
	t.Parallel()
	file := "name\n" + strings.Repeat(",x\n", registry.MaxImport) // lines that are refused at once, and count all the same
	whole := registry.ReadAccounts([]byte(file))
	if len(whole.Lines) != registry.MaxImport || whole.Lines[registry.MaxImport-1].Number != registry.MaxImport+1 {
		t.Errorf("%d lines at the limit", len(whole.Lines))
	}
	more := registry.ReadAccounts([]byte(file + ",x\n,x\n"))
	if len(more.Lines) != registry.MaxImport+1 {
		t.Errorf("%d lines beyond the limit", len(more.Lines))
	}
	last := registry.AccountImport{Lines: more.Lines[registry.MaxImport:]}
	want := "100002 A file may hold at most 100,000 accounts. Import the rest from another file."
	if got := outcomes(last); got != want {
		t.Errorf("the last line is %s", got)
	}
}

func TestImportErr(t *testing.T) {
	t.Parallel()
	i := registry.ReadAccounts([]byte("name,slug\nBoise\nCedar,-\nElm,elm\n"))
	wantProblems(t, "a line and a column", i.Err(), "line 2", "line 3, slug")
	good := registry.ReadAccounts([]byte("name,slug\nElm,elm\nFjord,\n"))
	wantProblems(t, "a good file", good.Err())
	if lines := good.Lines; len(lines) != 2 || lines[0].Draft != (features.AccountDraft{Name: "Elm", Slug: "elm"}) || lines[1].Draft.Slug != "fjord" {
		t.Errorf("the lines are %+v", lines)
	}
}

func TestImportOf(t *testing.T) {
	t.Parallel()
	i := registry.ImportOf([]features.AccountDraft{{Name: " Elm "}, {Slug: "x"}, {Name: "Elm"}})
	want := "1 {Name:Elm Slug:elm ExternalID: ContactEmail: PostalCode: Tier:}\n2 name: Enter a name.\n3 slug: Line 1 also has elm."
	if got := outcomes(i); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestPlanImport(t *testing.T) {
	t.Parallel()
	l := liveWith(nil, []features.Tier{{ID: 1, Key: "pro"}},
		features.NewAccount(features.Account{ID: 1, Name: "Boise Ballet", Slug: "boise", TargetingKey: "crm_1", ExternalID: "crm_2"}))
	read := registry.ReadAccounts([]byte("name,slug,external_id,tier\nA,boise,,pro\nB,b,boise,gold\nC,crm_1,crm_2,\nD,crm-1,d,\n"))
	before := outcomes(read)
	planned := read.Check(l)
	want := "2 slug: boise is taken by Boise Ballet.\n3 external_id: Line 2 also has boise.; external_id: boise is taken by Boise Ballet.; " +
		"tier: There is no tier with the key \"gold\".\n" +
		"4 slug: Use lower-case letters, digits and single hyphens, such as arizona-comedy.; slug: crm_1 is taken by Boise Ballet.; " +
		"external_id: crm_2 is taken by Boise Ballet.\n" +
		"5 {Name:D Slug:crm-1 ExternalID:d ContactEmail: PostalCode: Tier:}"
	if got := outcomes(planned); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if outcomes(read) != before || outcomes(read.Check(l)) != want {
		t.Error("planning changed what was read")
	}
}

func FuzzReadAccounts(f *testing.F) {
	f.Add([]byte(header + "Arizona Comedy,arizona,crm_1,office@a.example,85004,pro\n"))
	f.Add([]byte("\ufeffname,slug\r\n\"José\" Joe,joe\r\n\"Elm,elm"))
	f.Add([]byte("name\n\xff\n\"\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		i := registry.ReadAccounts(file)
		if len(i.Lines) == 0 {
			t.Fatal("a file without an outcome")
		}
		for _, l := range i.Lines {
			if l.Number < 1 || l.Number > 2+strings.Count(string(file), "\n") {
				t.Fatalf("line %d of a file with %d line ends", l.Number, strings.Count(string(file), "\n"))
			}
			if l.Problems == nil && (l.Draft.Validate() != nil || !utf8.ValidString(l.Draft.Name)) {
				t.Fatalf("line %d would create %+v", l.Number, l.Draft)
			}
		}
	})
}
