package views

// ChangesModel is how far the reader of a page has seen.
type ChangesModel struct {
	Position int64 // in the database's feed
	Revision int64 // of the latest change
}
