// The tokens of a MIL program, as its structure sees them: a type is one token, and so is a value with all that its parentheses hold. What
// stands inside of those is the matter of MILValueLexer.g4 and MILValueParser.g4.
//
// This is the specification. milc reads text with a scanner of its own (lib/Text/ProgramTokens.cpp), which works on the mapped file and skips
// large literals; a test holds the two token for token equal.
lexer grammar MILLexer;

PROGRAM : 'program' ;
FUNC    : 'func' ;

// A scalar type. Also legal as the name of an argument or attribute.
SCALAR
  : 'bool' | 'string'
  | 'fp16' | 'fp32' | 'fp64' | 'bf16' | 'fp8e4m3fn' | 'fp8e5m2'
  | 'int4' | 'int8' | 'int16' | 'int32' | 'int64'
  | 'uint1' | 'uint2' | 'uint3' | 'uint4' | 'uint6' | 'uint8' | 'uint16' | 'uint32' | 'uint64'
  ;

// tensor<fp16, [1, ?]>, list<T, 2>, … and foreign types: any name before angle brackets that hold more than one name.
TYPE
  : ('tensor' | 'list' | 'tuple' | 'dict' | 'state') SPACE* '<' ANGLED* '>'
  | NAME SPACE* '<' (SPACE | ~[<>"`/;(){},=[\]])* ([,=[\]] | '<' ANGLED* '>' | STRING) ANGLED* '>'
  ;

// fp16(0x1p+0), tensor<int32, [2]>([1, 2]), tensor<fp16, [9]>(BLOBFILE(…)), dict<string, string>({{"a", "b"}}).
VALUE : (TYPE | SCALAR) SPACE* '(' PARENTHESISED* ')' ;

// The opset of a function, or of one operation.
TAG : '<' SPACE* NAME SPACE* '>' ;

ID     : NAME ;
NUMBER : [0-9]+ ('.' [0-9]+)? ;

LPAREN    : '(' ;
RPAREN    : ')' ;
LBRACE    : '{' ;
RBRACE    : '}' ;
LBRACKET  : '[' ;
RBRACKET  : ']' ;
COMMA     : ',' ;
EQUALS    : '=' ;
SEMICOLON : ';' ;
ARROW     : '->' ;

BYTE_ORDER_MARK : '\u00EF\u00BB\u00BF' -> skip ; // only at the very start; characters here are bytes
BLANK : SPACE+ -> skip ;

// The longest match wins: these are types and values that are never closed.
UNCLOSED
  : (('tensor' | 'list' | 'tuple' | 'dict' | 'state') SPACE* '<' | (TYPE | SCALAR) SPACE* '(') -> type(INVALID)
  ;
INVALID : . ;

fragment NAME : [A-Za-z_] [A-Za-z0-9_@]* | '`' QUOTED+ '`' ;
fragment QUOTED : ~[`\\\r\n] | '\\' ~[\r\n] ;
fragment STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;
fragment SPACE : [ \t\r\n] | '//' ~[\n]* | '/*' (~'*' | '*'+ ~[*/])* '*'+ '/' ;
fragment ANGLED : SPACE | '<' ANGLED* '>' | STRING | ~[<>"`/;(){}] ;
fragment PARENTHESISED : SPACE | '(' PARENTHESISED* ')' | STRING | ~[()"/] ;
