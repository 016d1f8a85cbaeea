package catalogues

import (
	"encoding/json"
	"regexp"
	"strconv"

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
	n, err := strconv.ParseInt(v.node.GetToken().Value, 10, 64)
	if err != nil || v.node.Type() != ast.IntegerType {
		r.refuse(v.at, key+" must be a whole number.")
		return nil
	}
	return &n
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
	plain, ok := plainOf(v.node)
	if !ok {
		r.refuse(v.at, key+" must be a number, a text, true, false, a list or a mapping.")
		return ""
	}
	text, _ := json.Marshal(plain) // what plainOf gives always encodes
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

// plainOf gives a value of YAML as encoding/json takes it; ok is false for what JSON has not.
func plainOf(node ast.Node) (plain any, ok bool) {
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
		return plainList(node)
	case ast.MapNode:
		return plainMembers(node)
	}
	return nil, false
}

func plainList(node *ast.SequenceNode) (any, bool) {
	list := make([]any, len(node.Values))
	for i, entry := range node.Values {
		var ok bool
		if list[i], ok = plainOf(entry); !ok {
			return nil, false
		}
	}
	return list, true
}

func plainMembers(node ast.MapNode) (any, bool) {
	members := make(map[string]any)
	for pairs := node.MapRange(); pairs.Next(); {
		member, ok := plainOf(pairs.Value())
		if !ok {
			return nil, false
		}
		members[pairs.Key().GetToken().Value] = member
	}
	return members, true
}
