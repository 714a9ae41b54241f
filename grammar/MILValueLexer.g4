// The tokens inside of types and values. The specification of lib/Text/ValueTokens.cpp, as MILLexer.g4 is of ProgramTokens.cpp.
lexer grammar MILValueLexer;

TENSOR   : 'tensor' ;
LIST     : 'list' ;
TUPLE    : 'tuple' ;
DICT     : 'dict' ;
STATE    : 'state' ;
BLOBFILE : 'BLOBFILE' ;
TRUE_WORD  : 'true' ;
FALSE_WORD : 'false' ;

SCALAR
  : 'bool' | 'string'
  | 'fp16' | 'fp32' | 'fp64' | 'bf16' | 'fp8e4m3fn' | 'fp8e5m2'
  | 'int4' | 'int8' | 'int16' | 'int32' | 'int64'
  | 'uint1' | 'uint2' | 'uint3' | 'uint4' | 'uint6' | 'uint8' | 'uint16' | 'uint32' | 'uint64'
  ;

// Decimal or hexadecimal, integer or not; what a type takes of these is the typed reader's matter.
NUMBER
  : [+-]? [0-9]+ ('.' [0-9]*)? ([eE] [+-]? [0-9]+)?
  | [+-]? '.' [0-9]+ ([eE] [+-]? [0-9]+)?
  | [+-]? '0' [xX] [0-9A-Fa-f]+ ('.' [0-9A-Fa-f]*)? ([pP] [+-]? [0-9]+)?
  | [+-]? '0' [xX] '.' [0-9A-Fa-f]+ ([pP] [+-]? [0-9]+)?
  | [+-]? ('inf' | 'infinity')
  | [+-]? 'nan' ('(' '0' [xX] [0-9A-Fa-f]+ ')')?
  ;

STRING : '"' (~["\\\r\n] | '\\' ~[\r\n])* '"' ;
WORD   : [A-Za-z_] [A-Za-z0-9_@]* | '`' (~[`\\\r\n] | '\\' ~[\r\n])+ '`' ;

LPAREN   : '(' ;
RPAREN   : ')' ;
LBRACE   : '{' ;
RBRACE   : '}' ;
LBRACKET : '[' ;
RBRACKET : ']' ;
LANGLE   : '<' ;
RANGLE   : '>' ;
COMMA    : ',' ;
EQUALS   : '=' ;
QUESTION : '?' ;
ELLIPSIS : '...' ;

BLANK : ([ \t\r\n] | '//' ~[\n]* | '/*' (~'*' | '*'+ ~[*/])* '*'+ '/')+ -> skip ;
INVALID : . ;
