package registry

import (
	"encoding/json"
	"regexp"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"flagstone/features"
)

// integer reads a whole number; nil where it is left out.
func (r *reader) integer(m mapping, key string) *int64 {
	v := m.values[key]
	if v.node == nil {
		return nil
	}
	n, ok := r.wholeOf(v)
	if !ok {
		r.refuse(v.at, key+" must be a whole number.")
		return nil
	}
	return &n
}

func (r *reader) wholeOf(v value) (n int64, ok bool) {
	plain, _ := r.plain(v.node)
	number, ok := plain.(json.Number)
	if !ok {
		return 0, false
	}
	return features.ParseWhole(string(number))
}

// data reads a value of any type as JSON; none where it is left out.
func (r *reader) data(m mapping, key string) features.JSON {
	v := m.values[key]
	if v.node == nil {
		return ""
	}
	return r.dataOf(v, key)
}

func (r *reader) dataOf(v value, key string) features.JSON {
	plain, ok := r.plain(v.node)
	if !ok {
		r.refuse(v.at, key+" must be a number, a text, true, false, a list or a mapping.")
		return ""
	}
	text, _ := json.Marshal(plain) // what plain gives always encodes
	data, err := features.ParseJSON(string(text))
	if err != nil {
		r.refuse(v.at, key+": "+err.Error()+".")
	}
	return data
}

func (r *reader) dataList(m mapping, key string) (list []features.JSON) {
	for _, v := range r.list(m.values[key], key) {
		list = append(list, r.dataOf(v, key))
	}
	return list
}

// number is a number of JSON. The parser takes some of them, such as 1e5, for texts without quotation marks.
var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// plain gives a value of YAML as encoding/json takes it; ok is false for what JSON has not.
func (r *reader) plain(node ast.Node) (plain any, ok bool) {
	switch node := node.(type) {
	case *ast.StringNode:
		if node.Token.Type == token.StringType && number.MatchString(node.Value) {
			return json.Number(node.Value), true
		}
		return node.Value, true
	case *ast.LiteralNode:
		return textOf(node)
	case *ast.IntegerNode, *ast.FloatNode:
		text := node.GetToken().Value
		return json.Number(text), json.Valid([]byte(text))
	case *ast.BoolNode:
		return node.Value, true
	case *ast.NullNode:
		return nil, true
	case *ast.SequenceNode:
		return r.plainList(node)
	case ast.MapNode:
		return r.plainMembers(node)
	}
	return nil, false
}

func (r *reader) plainList(node *ast.SequenceNode) (any, bool) {
	list := make([]any, len(node.Values))
	for i, entry := range node.Values {
		var ok bool
		if list[i], ok = r.plain(entry); !ok {
			return nil, false
		}
	}
	return list, true
}

func (r *reader) plainMembers(node ast.MapNode) (any, bool) {
	members := make(map[string]any)
	for pairs := node.MapRange(); pairs.Next(); {
		member, ok := r.plain(pairs.Value())
		if !ok {
			return nil, false
		}
		name := pairs.Key().GetToken().Value
		if _, twice := members[name]; twice {
			r.refuse(placeOf(pairs.Key()), "The name "+clipped(name)+" is listed twice. Remove one.")
		}
		members[name] = member
	}
	return members, true
}
