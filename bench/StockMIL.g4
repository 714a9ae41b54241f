// MIL text the way an ANTLR grammar is mostly written: a rule for every construct, tokens for every word. The baseline of TextBench, not
// used by milc; what it reads is what compiled models contain.
grammar StockMIL;

program : 'program' '(' number ')' attributeList? '{' function* '}' EOF ;
function : 'func' identifier opset '(' parameterList? ')' attributeList? block ';' ;
opset : '<' identifier '>' ;
parameterList : parameter (',' parameter)* ;
parameter : type identifier ;
block : '{' operation* '}' '->' '(' identifierList? ')' ;
identifierList : identifier (',' identifier)* ;
operation : (resultList '=')? operationName opset? '(' argumentList? ')' attributeList? ';' ;
resultList : result (',' result)* ;
result : type identifier ;
operationName : identifier ;
argumentList : argument (',' argument)* ;
argument : identifier '=' binding ;
binding : identifier | value | '(' binding (',' binding)* ')' ;
attributeList : '[' (attribute (',' attribute)*)? ']' ;
attribute : identifier '=' value ;
value : type '(' literal ')' ;
literal : number | string | boolean | array | tuple | dictionary | blobFile | value ;
array : '[' (literal (',' literal)*)? ']' ;
tuple : '(' literal (',' literal)* ')' ;
dictionary : '{' (entry (',' entry)*)? '}' ;
entry : '{' literal ',' literal '}' ;
blobFile : 'BLOBFILE' '(' 'path' '=' value ',' 'offset' '=' value ')' ;
type : scalarType | tensorType | listType | tupleType | dictType | stateType ;
scalarType
  : 'bool' | 'string' | 'fp16' | 'fp32' | 'fp64' | 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64'
  ;
tensorType : 'tensor' '<' scalarType ',' '[' (dimension (',' dimension)*)? ']' '>' ;
dimension : number | '?' ;
listType : 'list' '<' type ',' dimension '>' ;
tupleType : 'tuple' '<' type (',' type)* '>' ;
dictType : 'dict' '<' type ',' type '>' ;
stateType : 'state' '<' type '>' ;
boolean : 'true' | 'false' ;
number : NUMBER ;
string : STRING ;
identifier : IDENTIFIER ;

NUMBER : '-'? ('inf' | 'nan' | '0x' [0-9a-f]+ ('.' [0-9a-f]+)? 'p' [+-] [0-9]+ | [0-9]+ ('.' [0-9]+)?) ;
STRING : '"' (~["\\] | '\\' .)* '"' ;
IDENTIFIER : [A-Za-z_] [A-Za-z0-9_]* ;
SPACE : [ \t\r\n]+ -> skip ;
