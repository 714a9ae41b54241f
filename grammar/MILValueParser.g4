// The insides of types and values: what the tokens TYPE, SCALAR and VALUE of MILLexer.g4 hold.
//
// milc runs `onlyType` once a distinct text of a type, and `onlyLiteral` on lists, tuples, dictionaries and BLOBFILE. The elements of
// tensors, which can be many, are decoded straight to bytes by lib/Text/TensorReader.cpp; a test holds it to this grammar.
parser grammar MILValueParser;
options { tokenVocab = MILValueLexer; }

onlyType : type EOF ;
onlyValue : value EOF ;
onlyLiteral : literal EOF ;

type
  : tensor
  | LIST '<' type ',' (NUMBER | '?') '>'
  | TUPLE '<' (type (',' type)*)? '>'
  | DICT '<' type ',' type '>'
  | STATE '<' tensor '>'
  | foreign
  ;

// `?` in the place of the shape: the rank is unknown. `...`: any number of dimensions.
tensor
  : SCALAR
  | TENSOR '<' SCALAR ',' ('?' | '[' ((NUMBER | '?' | '...') (',' (NUMBER | '?' | '...'))*)? ']') '>'
  ;

// A type that milc has no notion of: kept as it is written, with everything around it.
foreign
  : WORD '<' ( type | WORD | NUMBER | STRING | TRUE_WORD | FALSE_WORD | BLOBFILE | ',' | '=' | '?' | '...' | '[' | ']' )* '>'
  ;

value : type '(' literal ')' ;

literal
  : NUMBER | STRING | TRUE_WORD | FALSE_WORD
  | blobfile
  | '[' (item (',' item)*)? ']'                                     // a row of a tensor, or a list
  | '(' (item (',' item)*)? ')'                                     // a tuple
  | '{' ('{' item ',' item '}' (',' '{' item ',' item '}')*)? '}'   // a dictionary: {{key, value}, …}
  ;

// What a list, tuple or dictionary holds has the type that its own type says, which may be written out.
item : literal | value ;

// path = …, offset = … in either order, each a literal or a scalar value. In one rule, because a large model has one for every weight.
blobfile
  : BLOBFILE '('
    WORD '=' (STRING | NUMBER | (SCALAR | TENSOR '<' SCALAR ',' '[' ']' '>') '(' (STRING | NUMBER) ')') ','
    WORD '=' (STRING | NUMBER | (SCALAR | TENSOR '<' SCALAR ',' '[' ']' '>') '(' (STRING | NUMBER) ')')
    ')'
  ;
