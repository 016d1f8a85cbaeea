package evaluation

import (
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"sync"
	"time"

	"flagstone/features"
)

// flagNames is the part of a portal's answer that depends on the catalogue alone, encoded once per catalogue: every
// active feature with its names as JSON members.
type flagNames struct {
	catalogue *features.Catalogue
	active    []flagName
	places    []int    // of the active features in the catalogue; nil where these are but some of them
	asked     []*asked // where it is noted that they were asked for: one for all of them, or one for each
	size      int      // bytes that a body needs, about
}

type flagName struct {
	feature  *features.Feature
	asked    *asked
	member   string // "knowledge_base":{"enabled":
	flag     string // "knowledgeBaseEnabled":, "" for a feature that is not boolean
	producer string // "knowledge_base_enabled":, likewise
}

// names gives the encoded names of the catalogue in force.
func (s *Surface) names() *flagNames {
	catalogue := s.Live.Catalogue()
	known := s.flagNames.Load()
	if known != nil && known.catalogue == catalogue {
		return known
	}
	names := &flagNames{catalogue: catalogue, asked: []*asked{{}}, size: 512}
	for place, f := range catalogue.Features() {
		if !f.Active {
			continue
		}
		name := flagName{feature: f, asked: s.asked.of(f.ID), member: strconv.Quote(f.Key) + `:{"enabled":`}
		if f.Type.IsBoolean() {
			name.flag = strconv.Quote(features.FlagName(f.Key)) + `:`
			name.producer = strconv.Quote(features.ProducerFlagName(f.Key)) + `:`
		}
		names.active, names.places = append(names.active, name), append(names.places, place)
		names.size += 4*len(f.Key) + 48
	}
	if !s.flagNames.CompareAndSwap(known, names) {
		return s.names()
	}
	if known != nil {
		s.asked.fold(known)
	}
	return names
}

// ask notes that the features were asked for. It is part of every answer to a portal.
func (n *flagNames) ask(at time.Time) {
	for _, a := range n.asked {
		a.at.Store(at.UnixMilli())
	}
}

// narrow gives the names of some keys only. It refuses a key that no feature has.
func (n *flagNames) narrow(keys []string) (*flagNames, error) {
	for _, key := range keys {
		if _, err := n.catalogue.Feature(key); err != nil {
			return nil, err
		}
	}
	narrowed := &flagNames{catalogue: n.catalogue, size: n.size}
	for _, name := range n.active {
		if slices.Contains(keys, name.feature.Key) {
			narrowed.active = append(narrowed.active, name)
			narrowed.asked = append(narrowed.asked, name.asked)
		}
	}
	return narrowed, nil
}

// evaluationRoom is where a call evaluates the whole registry. It is used again: portals and programs ask often.
var evaluationRoom = sync.Pool{New: func() any { return new([]features.Evaluation) }}

// evaluate gives what a context has of each feature, in display order.
func (n *flagNames) evaluate(who *features.Context, at time.Time) iter.Seq2[*flagName, features.Evaluation] {
	return func(yield func(*flagName, features.Evaluation) bool) {
		if n.places == nil {
			for i := range n.active {
				if name := &n.active[i]; !yield(name, n.catalogue.Evaluate(name.feature, who, at)) {
					return
				}
			}
			return
		}
		room := evaluationRoom.Get().(*[]features.Evaluation)
		defer evaluationRoom.Put(room)
		*room = n.catalogue.EvaluateAll(who, at, *room)
		for i, place := range n.places {
			if !yield(&n.active[i], (*room)[place]) {
				return
			}
		}
	}
}

// body is the portal's answer (docs/portal.md, "The calls beneath"): what a context has, by key and by flag name.
// Neither reasons nor rules are in it.
func (n *flagNames) body(who *features.Context, at time.Time) []byte {
	n.ask(at)
	members := make([]byte, 0, n.size)
	flags := make([]byte, 0, n.size/2)
	members = append(members, `{"account":`...)
	members = appendAccount(members, n.catalogue, who.Account)
	members = append(members, `,"revision":`...)
	members = strconv.AppendInt(members, n.catalogue.AccountRevision(who.Account), 10)
	members = append(members, `,"features":{`...)
	first := len(members)
	for name, e := range n.evaluate(who, at) {
		if len(members) > first {
			members = append(members, ',')
		}
		members = strconv.AppendBool(append(members, name.member...), e.Value.Enabled)
		if e.Value.Data != "" {
			members = append(append(members, `,"value":`...), e.Value.Data...)
		}
		if e.Variant != "" { // a plain word, which needs no escaping
			members = append(append(append(members, `,"variant":"`...), e.Variant...), '"')
		}
		members = append(members, '}')
		if name.flag == "" {
			continue
		}
		if len(flags) > 0 {
			flags = append(flags, ',')
		}
		flags = strconv.AppendBool(append(flags, name.flag...), e.Value.Enabled)
	}
	members = append(append(members, `},"flags":{`...), flags...)
	return append(members, `}}`...)
}

// accountView is an account as a portal sees it.
type accountView struct {
	ID   int64   `json:"id"`
	Slug string  `json:"slug"`
	Name string  `json:"name"`
	Tier *string `json:"tier"`
}

func viewOf(c *features.Catalogue, a *features.Account) *accountView {
	if a == nil {
		return nil
	}
	view := &accountView{ID: a.ID, Slug: a.Slug, Name: a.Name}
	if tier, ok := c.Tier(a.TierID); ok {
		view.Tier = &tier.Key
	}
	return view
}

func appendAccount(b []byte, c *features.Catalogue, a *features.Account) []byte {
	text, _ := json.Marshal(viewOf(c, a)) // strings and numbers always encode
	return append(b, text...)
}
