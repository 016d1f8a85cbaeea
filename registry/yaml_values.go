package registry

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"flagstone/features"
	"flagstone/words"
)

// reader is a file under way: what has been read of it, and what is wrong with it.
type reader struct {
	problems features.Problems
	refused  map[Place]bool
}

// maxProblems is how many problems of a file are noted.
const maxProblems = 1000

// refuse notes a problem; of several at one place the first says enough.
func (r *reader) refuse(at Place, message string) {
	if !r.refused[at] && len(r.problems) < maxProblems {
		r.refused[at] = true
		r.problems = append(r.problems, &features.Error{Kind: features.Invalid, Field: at.String(), Message: message})
	}
}

// value is something that stands in the file; node is nil where it is left out.
type value struct {
	node ast.Node
	at   Place
}

// mapping is the values of a mapping by their keys.
type mapping struct {
	values map[string]value
	at     Place
}

// place is where a key's value stands, or the mapping itself where it does not.
func (m mapping) place(key string) Place {
	if v, there := m.values[key]; there {
		return v.at
	}
	return m.at
}

// mapping reads a mapping of keys that are known; a key may have another name: "help=description".
func (r *reader) mapping(v value, what string, keys ...string) (m mapping, good bool) {
	m = mapping{values: make(map[string]value), at: v.at}
	node, ok := v.node.(ast.MapNode)
	if !ok {
		r.refuse(v.at, what+" must be a mapping with the keys "+tierFeatures(keys)+".")
		return m, false
	}
	for pairs := node.MapRange(); pairs.Next(); {
		r.pair(&m, what, keys, pairs.Key(), pairs.Value())
	}
	return m, true
}

func (r *reader) pair(m *mapping, what string, keys []string, key, node ast.Node) {
	at, written := placeOf(key), key.GetToken().Value
	name := canonical(keys, written)
	if name == "" {
		r.refuse(at, "There is no key "+clipped(written)+" in "+what+". The keys are "+tierFeatures(keys)+".")
		return
	}
	if _, twice := m.values[name]; twice {
		r.refuse(at, written+" is listed twice. Remove one.")
		return
	}
	if node.Type() != ast.NullType {
		m.values[name] = value{node, placeOf(node)}
	}
}

// canonical is the first name of a key that may have several; "" for none.
func canonical(keys []string, written string) string {
	for _, key := range keys {
		if names := strings.Split(key, "="); slices.Contains(names, written) {
			return names[0]
		}
	}
	return ""
}

// clipped is a text in quotation marks, at most its beginning.
func clipped(text string) string { return strconv.Quote(words.Clip(text, 60)) }

func tierFeatures(keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i], _, _ = strings.Cut(key, "=")
	}
	return strings.Join(names, ", ")
}

// list reads a list; what is left out has nothing in it.
func (r *reader) list(v value, what string) (values []value) {
	if v.node == nil {
		return nil
	}
	node, ok := v.node.(*ast.SequenceNode)
	if !ok {
		r.refuse(v.at, what+" must be a list.")
		return nil
	}
	for _, entry := range node.Values {
		values = append(values, value{entry, placeOf(entry)})
	}
	return values
}

// text reads text; a number is text as it is written.
func (r *reader) text(m mapping, key string) string {
	v := m.values[key]
	if v.node == nil {
		return ""
	}
	text, ok := textOf(v.node)
	if !ok {
		r.refuse(v.at, key+" must be text. Put it in quotation marks.")
	}
	return features.Tidy(text)
}

func textOf(node ast.Node) (text string, ok bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, true
	}
	return "", false
}

// texts reads a list of texts.
func (r *reader) texts(m mapping, key string) (texts []string) {
	for _, v := range r.list(m.values[key], key) {
		text, ok := textOf(v.node)
		if !ok {
			r.refuse(v.at, key+" must be a list of texts. Put each in quotation marks.")
		}
		texts = append(texts, features.Tidy(text))
	}
	return texts
}

// flag reads true or false; usual is what is left out.
func (r *reader) flag(m mapping, key string, usual bool) bool {
	v := m.values[key]
	if v.node == nil {
		return usual
	}
	node, ok := v.node.(*ast.BoolNode)
	if !ok {
		r.refuse(v.at, key+" must be true or false.")
		return usual
	}
	return node.Value
}

func (r *reader) percent(m mapping, key string) features.Percent {
	v := m.values[key]
	if v.node == nil {
		return 0
	}
	if t := v.node.Type(); t == ast.IntegerType || t == ast.FloatType {
		if percent, ok := features.ParsePercent(v.node.GetToken().Value); ok {
			return percent
		}
	}
	r.refuse(v.at, key+" must be a number from 0 to 100, with at most two decimals, such as 12.5.")
	return 0
}

// order reads a place in an order, and tells whether there is one.
func (r *reader) order(m mapping, key string) (place int, given bool) {
	v := m.values[key]
	if v.node == nil {
		return 0, false
	}
	n, ok := r.wholeOf(v)
	if !ok || n < -features.MaxOrder || n > features.MaxOrder {
		r.refuse(v.at, key+" must be a whole number of at most 1,000,000.")
	}
	return int(n), true
}

// moment reads a time; zero where it is left out.
func (r *reader) moment(m mapping, key string) (at time.Time) {
	text := r.text(m, key)
	if text == "" {
		return at
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		r.refuse(m.place(key), key+" must be a time such as 2030-01-31T18:00:00Z.")
		return at
	}
	return features.Moment(at)
}

// check notes what a validator found, each problem where the field stands that it names.
func (r *reader) check(m mapping, err error, places map[string]Place) {
	var problems features.Problems
	if err != nil {
		problems, _ = err.(features.Problems) //nolint:errorlint // validators of the domain give nothing else
	}
	for _, problem := range problems {
		at, named := places[problem.Field]
		if !named {
			at = m.place(problem.Field)
		}
		r.refuse(at, problem.Message)
	}
}
