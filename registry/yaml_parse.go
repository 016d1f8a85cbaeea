package registry

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"flagstone/features"
)

// MaxFile is how large a file may be, in bytes.
const MaxFile = 32 << 20

// maxDepth is how deep lists and mappings may stand in one another. Ours reach six, and what is within may be JSON.
const maxDepth = 6 + features.MaxJSONDepth

// parse gives the root of a file; nil where there is nothing in it. Only plain YAML is read: anchors, aliases and tags,
// by which a small file becomes a huge one, are refused before anything is built from it.
func parse(text []byte) (ast.Node, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if len(text) > MaxFile {
		return nil, refusal(Place{Line: 1, Column: 1}, "The file is larger than 32 MB. Split it, or leave accounts and overrides out.")
	}
	if at, bad := firstBad(text); bad {
		return nil, refusal(at, "This is no UTF-8 text. Save the file as UTF-8.")
	}
	tokens := lexer.Tokenize(string(text))
	if err := checkTokens(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // reader refuses them all, each at its place
	if err != nil {
		return nil, syntaxRefusal(err)
	}
	var root ast.Node
	for _, document := range file.Docs {
		if document.Body == nil {
			continue
		}
		if root != nil {
			return nil, refusal(placeOf(document.Body), "The file holds two documents. Take out the line --- before this one.")
		}
		root = document.Body
	}
	return root, nil
}

// firstBad finds the first byte that is no text.
func firstBad(text []byte) (at Place, bad bool) {
	at = Place{Line: 1, Column: 1}
	for rest := text; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 || r == 0 {
			return at, true
		}
		at.Column++
		if r == '\n' {
			at = Place{Line: at.Line + 1, Column: 1}
		}
		rest = rest[size:]
	}
	return at, false
}

// checkTokens refuses what files of ours have no use for, and what stands too deep: parsing is recursive.
func checkTokens(tokens token.Tokens) error {
	flow := 0
	var columns []int // of the blocks that are open
	for _, t := range tokens {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			return refusal(positionOf(t), "Anchors and aliases (&, *, <<) are not read. Write it out.")
		case token.TagType, token.DirectiveType, token.MappingKeyType:
			return refusal(positionOf(t), fmt.Sprintf("%s is not read here. Write plain keys and values.", strings.TrimSpace(t.Value)))
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			columns = open(columns, t.Position.Column)
		case token.MappingValueType:
			if flow == 0 && t.Prev != nil {
				columns = open(columns, t.Prev.Position.Column)
			}
		}
		if flow+len(columns) > maxDepth {
			return refusal(positionOf(t), "Lists and mappings stand too deep in one another here.")
		}
	}
	return nil
}

// open gives the columns of the open blocks when one begins, or goes on, at a column.
func open(columns []int, at int) []int {
	for len(columns) > 0 && columns[len(columns)-1] >= at {
		columns = columns[:len(columns)-1]
	}
	return append(columns, at)
}

func syntaxRefusal(err error) error {
	var bad *yaml.SyntaxError
	if !errors.As(err, &bad) || bad.Token == nil {
		return refusal(Place{Line: 1, Column: 1}, "This is no YAML: "+err.Error()+".")
	}
	return refusal(positionOf(bad.Token), "This is no YAML: "+bad.Message+".")
}

func refusal(at Place, message string) error {
	return features.Problems{{Kind: features.Invalid, Field: at.String(), Message: message}}
}

func positionOf(t *token.Token) Place {
	return Place{Line: t.Position.Line, Column: t.Position.Column}
}

// placeOf is where a node begins; a mapping begins with its first key.
func placeOf(node ast.Node) Place {
	if mapping, ok := node.(ast.MapNode); ok {
		if pairs := mapping.MapRange(); node.GetToken().Type != token.MappingStartType && pairs.Next() {
			return placeOf(pairs.Key())
		}
	}
	return positionOf(node.GetToken())
}
